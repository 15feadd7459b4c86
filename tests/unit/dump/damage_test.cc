// damage_test.cc – truncated, changed and hostile files: always an answer, never a record that was not written.
#include <algorithm>
#include <set>

#include "support/values.h"
#include "unit/dump/dump_test.h"

namespace larder::test {
namespace {

using dump::Damaged;
using dump::Record;

std::vector<Record> some_records() {
  std::vector<Record> records;
  for (int i = 0; i < 4; ++i) {
    records.push_back(entry("e" + std::to_string(i), "value " + std::to_string(i)));
    records.back().references = static_cast<uint8_t>(i);  // blocks of their own
    records.back().expires = 1'790'000'000'000 + i;
  }
  records.push_back(value("v", "a value"));
  records.push_back(counter("n", 42));
  return records;
}

/// Whatever salvage finds in a damaged file was written.
void expect_only_written(const std::string& file, const std::vector<Record>& written, const std::string& where) {
  const auto survey = survey_of(file, Damaged::salvage);
  if (!survey) return;
  EXPECT_FALSE(survey->losses.empty()) << where;
  for (const Record& record : records_of(dump::MemorySource(file), *survey))
    EXPECT_NE(std::find(written.begin(), written.end(), record), written.end()) << where << " key " << record.key;
}

TEST(DumpDamage, EveryTruncationIsKnownAsOne) {
  const std::vector<Record> records = some_records();
  const std::string file = file_of(records);
  for (size_t length = 0; length < file.size(); ++length) {
    const std::string cut = file.substr(0, length);
    const auto survey = survey_of(cut);
    ASSERT_FALSE(survey) << length;
    EXPECT_EQ(survey.error().code, length == 0 ? Code::foreign : Code::truncated) << length << survey.error().message;
    expect_only_written(cut, records, "cut at " + std::to_string(length));
  }
}

TEST(DumpDamage, EveryFlippedBitIsFound) {
  const std::vector<Record> records = some_records();
  const std::string file = file_of(records);
  ASSERT_TRUE(survey_of(file));
  for (size_t at = 0; at < file.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string wrong = file;
      wrong[at] = static_cast<char>(wrong[at] ^ 1 << bit);
      const auto survey = survey_of(wrong);
      ASSERT_FALSE(survey) << "byte " << at << " bit " << bit;
      EXPECT_FALSE(survey.error().message.empty());
      expect_only_written(wrong, records, "byte " + std::to_string(at));
    }
}

TEST(DumpDamage, SalvageLosesOnlyTheBlockThatIsDamaged) {
  const std::vector<Record> records = some_records();
  const std::string file = file_of(records);
  const auto whole = survey_of(file);
  ASSERT_TRUE(whole);
  for (const dump::BlockPlace& block : whole->blocks)
    for (const size_t inside : {size_t{0}, size_t{5}, size_t{9}, size_t{17}, size_t{25}, size_t{33}, size_t{45}}) {
      std::string wrong = file;
      wrong[block.at + inside] = static_cast<char>(wrong[block.at + inside] ^ 0x40);
      const auto survey = survey_of(wrong, Damaged::salvage);
      ASSERT_TRUE(survey) << survey.error().message;
      ASSERT_EQ(survey->losses.size(), 1u);
      EXPECT_EQ(survey->losses[0].at, block.at);
      EXPECT_EQ(records_of(dump::MemorySource(wrong), *survey).size(), records.size() - block.records);
      ASSERT_TRUE(survey->trailer);
      EXPECT_EQ(survey->trailer->records[block.region] - survey->records[block.region], block.records);
    }
}

TEST(DumpDamage, WhatIsMissingDoubledOrMovedIsFound) {
  const std::string file = file_of(some_records());
  const auto whole = survey_of(file);
  ASSERT_TRUE(whole);
  ASSERT_GE(whole->blocks.size(), 3u);
  const size_t first = whole->blocks[0].at, second = whole->blocks[1].at, third = whole->blocks[2].at;
  const std::string one = file.substr(first, second - first), two = file.substr(second, third - second);
  for (const std::string& wrong :
       {file.substr(0, first) + file.substr(second), file.substr(0, second) + one + file.substr(second),
        file.substr(0, first) + two + one + file.substr(third), file + "x", file + file,
        file.substr(0, third) + file}) {
    const auto survey = survey_of(wrong);
    ASSERT_FALSE(survey);
    EXPECT_EQ(survey.error().code, Code::corrupt) << survey.error().message;
  }
}

TEST(DumpDamage, ABlockOfAnotherDumpIsNoneOfThisOne) {
  const std::string file = file_of(some_records());
  dump::Header header = test_header();
  header.id = kTestId + 1;
  std::string other;
  dump::Writer writer(header, [&](std::string_view bytes) -> Status {
    other += bytes;
    return Done{};
  });
  ASSERT_TRUE(writer.begin());
  for (const Record& record : some_records())
    ASSERT_TRUE(writer.add(record.kind == dump::RecordKind::entry ? 0 : 1, record));
  ASSERT_TRUE(writer.finish());
  ASSERT_EQ(other.size(), file.size());
  const size_t at = survey_of(file)->blocks[1].at;
  const std::string mixed = file.substr(0, at) + other.substr(at);
  EXPECT_EQ(survey_of(mixed).error().code, Code::corrupt);
  const auto salvaged = survey_of(mixed, Damaged::salvage);
  ASSERT_TRUE(salvaged);
  EXPECT_EQ(salvaged->blocks.size(), 1u);
}

TEST(DumpDamage, AValueThatImitatesABlockIsNotTakenForOne) {
  const std::string inner = file_of({value("planted", "by somebody")});
  std::string file = file_of({value("k", inner + inner), value("after", "x")});
  const size_t block = survey_of(file)->blocks[0].at;
  file[block] = '?';
  const auto survey = survey_of(file, Damaged::salvage);
  ASSERT_TRUE(survey);
  EXPECT_TRUE(survey->blocks.empty());
  EXPECT_TRUE(survey->trailer);
}

TEST(DumpDamage, SaysWhatItIsInstead) {
  EXPECT_EQ(survey_of("not a dump at all").error().code, Code::foreign);
  EXPECT_EQ(survey_of(std::string(1 << 16, '\0')).error().code, Code::foreign);
  std::string later = file_of({});
  later[8] = 9;
  const auto survey = survey_of(later);
  EXPECT_EQ(survey.error().code, Code::layout);
  EXPECT_NE(survey.error().message.find("format 9"), std::string::npos) << survey.error().message;
}

// Right checksums around nonsense: the reader's own checks hold.
TEST(DumpDamage, NonsenseWithRightChecksumsIsRefused) {
  Random random(7);
  const std::string start = dump::preamble();
  const std::string header = dump::frame(dump::Mark::header, dump::encode(test_header()), start.size(), 0);
  for (int round = 0; round < 20'000; ++round) {
    std::string body = dump::block_start(static_cast<uint32_t>(random.below(3)), static_cast<uint32_t>(random.below(7)),
                                         static_cast<uint32_t>(random.below(4)));
    dump::append(body, round % 2 != 0 ? counter("key", 1) : entry("key", "value"));
    const size_t changes = 1 + random.below(3);
    for (size_t i = 0; i < changes; ++i) body[random.below(body.size())] = static_cast<char>(random.below(256));
    if (random.below(4) == 0) body.resize(random.below(body.size() + 1));
    const std::string file =
        start + header + dump::frame(dump::Mark::block, body, start.size() + header.size(), kTestId);
    const auto survey = survey_of(file, Damaged::salvage);
    ASSERT_TRUE(survey);
    const std::vector<Record> found = records_of(dump::MemorySource(file), *survey);
    for (const Record& record : found) EXPECT_FALSE(record.key.empty());
  }
}

TEST(DumpDamage, AFileThatChangesAfterTheSurveyIsRefused) {
  std::string file = file_of(some_records());
  const auto survey = survey_of(file);
  ASSERT_TRUE(survey);
  file[survey->blocks[0].at + 50] = '!';
  const Status read = dump::read_block(dump::MemorySource(file), *survey, survey->blocks[0], [](const Record&) {
    ADD_FAILURE() << "delivered";
    return true;
  });
  EXPECT_EQ(read.error().code, Code::corrupt);
}

}  // namespace
}  // namespace larder::test
