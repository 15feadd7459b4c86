#include "golden/contents.h"

#include <gtest/gtest.h>

#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

constexpr uint64_t kEntries = 40, kRecords = 40;

/// From one byte to several pages; keys of up to a thousand bytes.
size_t length_of(uint64_t number) {
  return kMinProofBytes + number * number * number % 211 + (number % 20 == 7 ? 2500 : 0);
}
std::string entry_key(uint64_t number) {
  return key_name("entry", number) + std::string(number % 13 == 5 ? 20 * number % 900 : 0, 'k');
}
std::string entry_value(uint64_t number) { return value_of(entry_key(number), number, length_of(number)); }

/// First bytes v, d, x: volatile, durable, droppable.
std::string record_key(uint64_t number) {
  return key_name(number % 3 == 0 ? "v" : number % 3 == 1 ? "d" : "x", number);
}
std::string record_value(uint64_t number) {
  return value_of(record_key(number), number, kMinProofBytes + number * 7 % 120);
}
bool is_counter(uint64_t number) { return number % 5 == 2; }
int64_t count_of(uint64_t number) { return int64_t(number) * -1'000'000'007; }

PutOptions options_of(uint64_t number) {
  PutOptions options;
  if (number % 4 == 1) options.ttl = kMaxTtl;
  if (number % 6 == 2) options.tag = static_cast<uint32_t>(number);
  if (number % 9 == 4) options.idle = kMaxTtl;
  return options;
}
Store::Ttl ttl_of(uint64_t number) { return number % 4 == 1 ? Store::Ttl(kMaxTtl) : std::nullopt; }

}  // namespace

SegmentOptions golden_options(const TempDirectory& directory) {
  SegmentOptions options = segment_options(directory, {cache_options("entries", 64 << 10, 1024)});
  options.workers = 2;
  options.threads = 2;
  StoreOptions store;
  store.size = 64 << 10;
  store.page_size = 1024;
  store.durable = {'d'};
  store.droppable = {'x'};
  options.stores.push_back(store);
  return options;
}

void fill_golden(const Segment& segment) {
  const Cache cache = open_cache(segment, "entries");
  for (uint64_t number = 0; number < kEntries; ++number)
    EXPECT_EQ(cache.put(entry_key(number), entry_value(number), options_of(number)), PutResult::stored);
  const auto store = segment.store("");
  ASSERT_TRUE(store);
  for (uint64_t number = 0; number < kRecords; ++number) {
    if (is_counter(number))
      EXPECT_TRUE((*store)->counter_incr(record_key(number), count_of(number), ttl_of(number)));
    else
      EXPECT_TRUE((*store)->key_set(record_key(number), record_value(number), ttl_of(number)));
  }
}

void expect_golden(const Segment& segment) {
  const Cache cache = open_cache(segment, "entries");
  for (uint64_t number = 0; number < kEntries; ++number)
    EXPECT_EQ(value_in(cache, entry_key(number)), entry_value(number)) << entry_key(number);
  const auto store = segment.store("");
  ASSERT_TRUE(store);
  for (uint64_t number = 0; number < kRecords; ++number) {
    Record record;
    EXPECT_EQ((*store)->fetch(record_key(number), record), StoreStatus::ok) << record_key(number);
    EXPECT_EQ(record.kind == RecordKind::counter, is_counter(number)) << record_key(number);
    if (is_counter(number))
      EXPECT_EQ(record.number, count_of(number)) << record_key(number);
    else
      EXPECT_EQ(record.value, record_value(number)) << record_key(number);
    EXPECT_EQ(record.ttl.has_value(), ttl_of(number).has_value()) << record_key(number);
  }
}

}  // namespace larder::test
