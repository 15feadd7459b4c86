// format_test.cc – whatever a record is, it comes back from a dump as it went in.
#include "larder/options.h"
#include "unit/dump/dump_test.h"

namespace larder::test {
namespace {

using dump::Record;

std::vector<Record> round_trip(const std::vector<Record>& records) {
  const std::string file = file_of(records);
  const auto survey = survey_of(file);
  EXPECT_TRUE(survey) << survey.error().message;
  if (!survey) return {};
  EXPECT_EQ(survey->header, test_header());
  EXPECT_TRUE(survey->losses.empty());
  return records_of(dump::MemorySource(file), *survey);
}

TEST(DumpFormat, AnEmptyDumpIsWhole) { EXPECT_TRUE(round_trip({}).empty()); }

TEST(DumpFormat, KeysAndValuesOfEveryBoundaryComeBack) {
  std::vector<Record> records;
  for (const size_t key : {size_t{1}, size_t{2}, size_t{255}, size_t{256}, size_t{kMaxKeyBytes}})
    for (const size_t bytes : {size_t{0}, size_t{1}, size_t{127}, size_t{65'535}, size_t{65'536}, size_t{kMaxPageBytes},
                               dump::kBlockBytes - 1, dump::kBlockBytes, dump::kBlockBytes + 1, size_t{3} << 20}) {
      std::string name(key, '\0'), content(bytes, '\0');
      for (size_t i = 0; i < key; ++i) name[i] = static_cast<char>(i * 7 + key);
      for (size_t i = 0; i < bytes; ++i) content[i] = static_cast<char>(i * 31 + bytes);
      records.push_back(value(name, content));
    }
  EXPECT_EQ(round_trip(records), records);
}

TEST(DumpFormat, KeysOfEveryByteComeBack) {
  std::vector<Record> records;
  for (int byte = 0; byte < 256; ++byte) records.push_back(value(std::string(1, static_cast<char>(byte)), "v"));
  EXPECT_EQ(round_trip(records), records);
}

TEST(DumpFormat, CountersAtTheEndsOfTheirRangeComeBack) {
  std::vector<Record> records;
  for (const int64_t number : {int64_t{0}, int64_t{1}, int64_t{-1}, INT64_MAX, INT64_MIN, int64_t{255}, int64_t{256}})
    records.push_back(counter("n" + std::to_string(number), number));
  EXPECT_EQ(round_trip(records), records);
}

TEST(DumpFormat, TimesTagsAndPlacesInEveryCombinationComeBack) {
  std::vector<Record> records;
  for (unsigned has = 0; has < 32; ++has)
    for (uint8_t references = 0; references < 4; ++references) {
      Record record = entry("k" + std::to_string(has * 4 + references), "v");
      if ((has & 1) != 0) record.expires = INT64_MAX;
      if ((has & 2) != 0) record.idle = 1;
      if ((has & 6) == 6) record.deadline = 1'790'000'000'001;
      if ((has & 8) != 0) record.tag = UINT32_MAX;
      record.hot = (has & 16) != 0;
      record.references = references;
      records.push_back(record);
    }
  std::vector<Record> found = round_trip(records);
  EXPECT_EQ(found.size(), records.size());
  for (const Record& record : records) EXPECT_NE(std::find(found.begin(), found.end(), record), found.end());
  for (size_t i = 1; i < found.size(); ++i)  // one small block a rank, the best last
    EXPECT_LE(dump::rank_of(found[i - 1]), dump::rank_of(found[i]));
}

TEST(DumpFormat, BlocksOfOneRegionFollowEachOther) {
  std::vector<Record> records;
  for (int i = 0; i < 3000; ++i) records.push_back(entry("k" + std::to_string(i), std::string(500, 'v')));
  for (int i = 0; i < 3000; ++i) records.push_back(counter("n" + std::to_string(i), i));
  const std::string file = file_of(records);
  const auto survey = survey_of(file);
  ASSERT_TRUE(survey);
  EXPECT_GE(survey->blocks.size(), 6u);
  for (size_t i = 1; i < survey->blocks.size(); ++i) EXPECT_LE(survey->blocks[i - 1].region, survey->blocks[i].region);
  EXPECT_EQ(survey->records, (std::vector<uint64_t>{3000, 3000}));
  EXPECT_EQ(records_of(dump::MemorySource(file), *survey), records);
}

TEST(DumpFormat, ARecordLongerThanABlockCanBeIsRefused) {
  Record record = value("k", "");
  EXPECT_EQ(dump::record_bytes(record), 9u);
  record.expires = 1;
  EXPECT_EQ(dump::record_bytes(record), 17u);
  std::string bytes;
  dump::append(bytes, record);
  EXPECT_EQ(bytes.size(), 17u);
}

TEST(DumpFormat, TheBytesAreThoseOfTheirDocument) {
  const std::string file = file_of({counter("n", -2)});
  EXPECT_EQ(file.substr(0, 16), std::string("\x89LDUMP\r\n\x01\0\0\0\0\0\0\0", 16));
  EXPECT_EQ(file.substr(16, 4), "HDR\xf1");
  const size_t header = 24 + 2 + 4 + (1 + 2 + 6) * 2;
  EXPECT_EQ(static_cast<uint8_t>(file[20]), header);
  const size_t block = 16 + 32 + header;
  EXPECT_EQ(file.substr(block, 8), std::string("BLK\xf1\x1d\0\0\0", 8));
  EXPECT_EQ(static_cast<uint8_t>(file[block + 8]), block);
  EXPECT_EQ(file.substr(block + 32, 12), std::string("\1\0\0\0\0\0\0\0\1\0\0\0", 12));
  EXPECT_EQ(file.substr(block + 44, 17), std::string("\x03\x10\1\0\0\0\0\0\xfe\xff\xff\xff\xff\xff\xff\xffn", 17));
  const size_t trailer = block + 61;
  EXPECT_EQ(file.substr(trailer, 8), std::string("END\xf1\x24\0\0\0", 8));
  EXPECT_EQ(file.size(), trailer + 32 + 36);
}

}  // namespace
}  // namespace larder::test
