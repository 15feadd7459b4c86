// entry_test.cc – the layout of an entry: what is written is what is read, at every combination of terms.
#include "ring/entry.h"

#include <gtest/gtest.h>

#include "ring/entry_reader.h"
#include "ring/entry_times.h"

namespace larder::ring {
namespace {

TEST(Entry, KeepsItsTermsInEveryCombination) {
  for (const uint64_t expiry :
       {uint64_t{0}, uint64_t{1}, EntryHeader::Expiry::kMax, EntryHeader::Expiry::kMax + 1, uint64_t{1} << 50})
    for (const uint64_t idle : {uint64_t{0}, uint64_t{1}, uint64_t{1} << 40})
      for (const int kind : {0, 1, 2, 3}) {
        const bool tagged = kind % 2 == 1, run = kind >= 2;
        alignas(8) uint64_t words[8] = {};
        const EntryTerms terms{expiry, idle, idle != 0 ? expiry : 0, tagged, 0xfeedbeef, 77, run};
        const uint64_t header = make_header(11, 1000, terms);
        write_terms(words, header, terms);
        const EntryShape shape = shape_of(header);
        EXPECT_EQ(shape.key_size, 11u);
        EXPECT_EQ(shape.value_size, 1000u);
        EXPECT_EQ(shape.total % 8, 0u);
        EXPECT_EQ(shape.total, round8(shape.key_at + 11 + 1000));
        EXPECT_EQ(expiry_of(words, header), expiry);
        EXPECT_EQ(holds_run(header), run);
        EXPECT_EQ(is_idle(header), idle != 0);
        EXPECT_EQ(is_tagged(header), tagged);
        EXPECT_EQ(is_short(header), expiry == 0 && idle == 0 && kind == 0);
        if (idle != 0) {
          EXPECT_EQ(idle_of(words), idle);
          EXPECT_EQ(base::load_word_acquire(deadline_word(words)), expiry);
        }
        if (tagged) {
          EXPECT_EQ(tag_word_of(words, header), 0xfeedbeefu | uint64_t{77} << 32);
        }
      }
}

TEST(Entry, CostsFourBytesBesideKeyAndValueEightWithAnExpiryAndMoreOnlyForUnusualTerms) {
  EXPECT_EQ(shape_of(make_header(8, 8, {})).total, 24u);
  EXPECT_EQ(shape_of(make_header(8, 4, {})).total, 16u);
  EXPECT_EQ(shape_of(make_header(1, 0, {})).total, 8u);
  EXPECT_EQ(shape_of(make_header(8, 8, {.expiry = EntryHeader::Expiry::kMax})).total, 24u);
  EXPECT_EQ(shape_of(make_header(8, 4, {.expiry = 1})).total, 24u);
  EXPECT_EQ(shape_of(make_header(8, 8, {.expiry = EntryHeader::Expiry::kMax + 1})).total, 32u);
  EXPECT_EQ(shape_of(make_header(8, 8, {.tagged = true})).total, 32u);
}

TEST(Entry, ChangesItsExpiryOnlyFromWhatItWas) {
  alignas(8) uint64_t words[8] = {};
  const EntryTerms terms{.expiry = 500};
  const uint64_t header = make_header(3, 4, terms);
  write_terms(words, header, terms);
  ExpiryCell early(words, header), late(words, header);
  EXPECT_TRUE(early.try_change(900));
  EXPECT_FALSE(late.try_change(400)) << "it was read as 500";
  EXPECT_EQ(late.expiry(), 900u) << "and is read again";
  EXPECT_EQ(expiry_of(words, words[0]), 900u);
  EXPECT_TRUE(late.try_change(400));
  EXPECT_EQ(expiry_of(words, words[0]), 400u);
  EXPECT_EQ(shape_of(words[0]).total, shape_of(header).total);
}

/// The bytes of a key and value behind a short header, as an entry's writer leaves them.
TEST(Entry, ThatIsShortNeverChangesWhereItStands) {
  alignas(8) uint64_t words[4] = {};
  const uint64_t header = make_header(5, 6, {});
  write_terms(words, header, {});
  EXPECT_EQ(words[0], header) << "the key's place is still empty";
  EXPECT_EQ(words[1], 0u);
  std::byte* const bytes = reinterpret_cast<std::byte*>(words);
  const EntryShape shape = shape_of(words[0]);
  base::copy_in(bytes + shape.key_at, "kkkkkvvvvvv", 11);
  EXPECT_EQ(shape.total, 16u);
  EXPECT_EQ(shape_of(words[0]).total, 16u) << "whatever the key is";
  ExpiryCell times(words, words[0]);
  EXPECT_EQ(times.expiry(), 0u);
  EXPECT_TRUE(times.frozen()) << "so that nobody tries to give it an expiry";
  times.freeze();
  EXPECT_EQ(static_cast<uint32_t>(words[0]), static_cast<uint32_t>(header));
  EXPECT_EQ(expiry_of(words, words[0]), 0u);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes) + 4, 11), "kkkkkvvvvvv");
}

TEST(Entry, ThatIsFrozenKeepsItsExpiryAndShape) {
  for (const uint64_t expiry : {uint64_t{0}, uint64_t{500}, EntryHeader::Expiry::kMax, EntryHeader::Expiry::kMax + 1})
    for (const uint64_t idle : {uint64_t{0}, uint64_t{60}}) {
      alignas(8) uint64_t words[8] = {};
      const EntryTerms terms{expiry, idle, 0, true, 3, 4};
      const uint64_t header = make_header(3, 4, terms);
      write_terms(words, header, terms);
      ExpiryCell before(words, header), freezer(words, header);
      freezer.freeze();
      EXPECT_FALSE(before.try_change(900)) << "it was read before it was frozen";
      EXPECT_TRUE(before.frozen());
      EXPECT_EQ(before.expiry(), expiry);
      EXPECT_EQ(expiry_of(words, words[0]), expiry);
      EXPECT_EQ(shape_of(words[0]).total, shape_of(header).total);
      EXPECT_EQ(EntryHeader::Frozen::set(words[0], 0), header) << "it costs readers nothing";
      EXPECT_EQ(tag_word_of(words, words[0]), 3u | uint64_t{4} << 32);
    }
}

TEST(Entry, IsRefusedWhenItsLengthsLeaveThePage) {
  alignas(8) static std::byte pages[512];
  page::PageRecord records[2];
  const EntryReader reader(page::PageTable(records, pages, 2, 256), {}, 0);
  EntryAt entry;
  auto* words = reinterpret_cast<uint64_t*>(pages);
  words[0] = make_header(8, 244, {});
  EXPECT_TRUE(reader.parse(0, entry));
  words[0] = make_header(8, 240, {.expiry = 1});
  EXPECT_TRUE(reader.parse(0, entry));
  words[0] = make_header(8, 245, {});
  EXPECT_FALSE(reader.parse(0, entry)) << "ends behind its page";
  words[0] = make_header(8, 241, {.expiry = 1});
  EXPECT_FALSE(reader.parse(0, entry)) << "ends behind its page";
  words[0] = 0;
  EXPECT_FALSE(reader.parse(0, entry)) << "nothing there";
  EXPECT_FALSE(reader.parse(64, entry)) << "behind the last page";
  EXPECT_FALSE(reader.parse(~0u, entry));
}

}  // namespace
}  // namespace larder::ring
