// dump_test.h – dumps in memory for the tests of engine/dump.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dump/reader.h"
#include "dump/writer.h"

namespace larder::test {

constexpr uint64_t kTestId = 0x0123456789abcdef;

inline dump::Header test_header() {
  return {kTestId,
          1'790'000'000'000,
          2,
          "mail",
          {{dump::RegionKind::cache, "dnsTxt"}, {dump::RegionKind::store, "memory"}}};
}

inline dump::Record entry(std::string key, std::string value) {
  dump::Record record;
  record.key = std::move(key);
  record.value = std::move(value);
  return record;
}
inline dump::Record value(std::string key, std::string bytes) {
  dump::Record record = entry(std::move(key), std::move(bytes));
  record.kind = dump::RecordKind::value;
  return record;
}
inline dump::Record counter(std::string key, int64_t number) {
  dump::Record record = entry(std::move(key), {});
  record.kind = dump::RecordKind::counter;
  record.number = number;
  return record;
}

/// The file of these records; those of kind entry in the first region.
inline std::string file_of(const std::vector<dump::Record>& records) {
  std::string file;
  dump::Writer writer(test_header(), [&](std::string_view bytes) -> Status {
    file += bytes;
    return Done{};
  });
  EXPECT_TRUE(writer.begin());
  for (const dump::Record& record : records)
    EXPECT_TRUE(writer.add(record.kind == dump::RecordKind::entry ? 0 : 1, record));
  EXPECT_TRUE(writer.finish());
  EXPECT_EQ(writer.bytes(), file.size());
  return file;
}

/// The records of the file, in its order.
inline std::vector<dump::Record> records_of(const dump::Source& source, const dump::Survey& survey) {
  std::vector<dump::Record> records;
  for (const dump::BlockPlace& block : survey.blocks) {
    const Status read = dump::read_block(source, survey, block, [&](const dump::Record& record) {
      records.push_back(record);
      return true;
    });
    EXPECT_TRUE(read) << read.error().message;
  }
  return records;
}

inline Result<dump::Survey> survey_of(const std::string& file, dump::Damaged damaged = dump::Damaged::refuse) {
  return dump::survey(dump::MemorySource(file), "file", damaged);
}

}  // namespace larder::test
