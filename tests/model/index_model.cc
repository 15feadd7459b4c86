// index_model.cc – the index protocol under relacy: inserts of one key, neighbours, lookups, a removal and a burier
// race on the real code.
//
// Searched for: a key that is live twice, a lookup that reads an entry's bytes before they are published (a data race
// on the body), a finished insert that is not found, a claim that stays.
#include "index/index.h"
#include "model/search.h"

namespace larder::index {
namespace {

constexpr uint32_t kBuckets = 4;
constexpr uint64_t kHashA = 0x2000'0000'0000'0005;  // both keys have the same home and tag: the worst neighbours
constexpr uint64_t kHashB = 0x2000'0000'0001'0005;

/// Positions 1..4 hold entries of key A, from 5 on of key B.
struct World {
  Bucket buckets[kBuckets];
  rl::var<int> body[9];
  base::Atomic64 claim_at[4], claim_word[4];

  World() {
    for (Bucket& bucket : buckets) {
      for (base::Atomic64& slot : bucket.slots) slot.store_relaxed(0);
      bucket.header.store_relaxed(0);
    }
    for (base::Atomic64& word : claim_at) word.store_relaxed(0);
    for (base::Atomic64& word : claim_word) word.store_relaxed(0);
  }
  Index index() { return Index(std::span<Bucket>(buckets)); }
  auto matcher(bool a) {
    return [this, a](uint32_t position) {
      RL_ASSERT(body[position]($) == static_cast<int>(position));  // a race here means unpublished bytes were read
      return (position < 5) == a ? Match::live : Match::other;
    };
  }
  Publication insert(uint32_t thread, bool a, uint32_t position) {
    body[position]($) = static_cast<int>(position);
    const ClaimIntent intent{&claim_at[thread], &claim_word[thread], 0};
    return index().publish(index().probe(a ? kHashA : kHashB), position, Presence::any, 3, intent, matcher(a));
  }
  bool has(bool a) { return static_cast<bool>(index().find(index().probe(a ? kHashA : kHashB), matcher(a))); }
  bool remove(bool a) { return static_cast<bool>(index().remove(index().probe(a ? kHashA : kHashB), matcher(a))); }
  Bucket& home() { return buckets[index().probe(kHashA).home]; }
  /// What a thread leaves that claimed the first slot for key A and died.
  void leave_claim(uint32_t position, uint64_t version = 1) {
    const uint64_t pending =
        SlotWord::Version::make(version) | SlotWord::Tag::make(5) | SlotWord::Position::make(position);
    body[position]($) = static_cast<int>(position);
    claim_at[0].store_release(1 + uint64_t{index().probe(kHashA).home} * 8);
    claim_word[0].store_release(pending);
    home().slots[0].store_release(pending);
  }
  void bury() { index().resolve_claim(claim_at[0].load_acquire(), claim_word[0].load_acquire()); }
  int live(bool a) {
    int count = 0;
    for (Bucket& bucket : buckets)
      for (base::Atomic64& slot : bucket.slots) {
        const uint64_t word = slot.load_acquire();
        RL_ASSERT(!SlotWord::pending(word));
        count += SlotWord::live(word) && (SlotWord::Position::get(word) < 5) == a ? 1 : 0;
      }
    return count;
  }
};

struct TwoInsertsOfOneKey : rl::test_suite<TwoInsertsOfOneKey, 2> {
  World world;
  void thread(unsigned me) {
    RL_ASSERT(world.insert(me, true, 1 + me).what != Published::full);
    RL_ASSERT(world.has(true));
  }
  void after() { RL_ASSERT(world.live(true) == 1); }
};

struct InsertAgainstRemove : rl::test_suite<InsertAgainstRemove, 3> {
  World world;
  bool removed = false;
  void thread(unsigned me) {
    if (me < 2) RL_ASSERT(world.insert(me, true, 1 + me).what != Published::full);
    if (me == 2) removed = world.remove(true);
  }
  void after() { RL_ASSERT(world.live(true) == 1 || (removed && world.live(true) == 0)); }
};

struct NeighboursAndReader : rl::test_suite<NeighboursAndReader, 3> {
  World world;
  void thread(unsigned me) {
    if (me == 0) RL_ASSERT(world.insert(0, true, 1).what == Published::inserted);
    if (me == 1) RL_ASSERT(world.insert(1, false, 5).what == Published::inserted);
    if (me == 2 && world.has(true)) RL_ASSERT(world.has(true));  // once seen, it stays
  }
  void after() { RL_ASSERT(world.live(true) == 1 && world.live(false) == 1); }
};

/// A claim is left by a dead thread; a burier resolves it while another inserts the key.
struct ClaimOfTheDead : rl::test_suite<ClaimOfTheDead, 2> {
  World world;
  void before() { world.leave_claim(1); }
  void thread(unsigned me) {
    if (me == 0) world.bury();
    if (me == 1) RL_ASSERT(world.insert(1, true, 2).what == Published::inserted);
  }
  void after() { RL_ASSERT(world.live(true) == 1); }
};

/// The dead thread's claim was in the header already, so the key is there: nobody may miss it, burier or not.
struct InsertOfTheDead : rl::test_suite<InsertOfTheDead, 3> {
  World world;
  void before() {
    world.leave_claim(1);
    world.home().header.store_release(HeaderWord::Version::make(1) | HeaderWord::OpTag::make(5) |
                                      HeaderWord::Op::make(1) | HeaderWord::OpVersion::make(1));
  }
  void thread(unsigned me) {
    if (me == 0) world.bury();
    if (me == 1) RL_ASSERT(world.has(true));
    if (me == 2) RL_ASSERT(world.insert(1, false, 5).what == Published::inserted);
  }
  void after() { RL_ASSERT(world.live(true) == 1 && world.live(false) == 1); }
};

/// Two are dead: the first one's entry was removed since, but the header still names its insert; the second claimed the
/// slot anew and came no further. Whoever helps the header must not take that claim for the insert.
struct HeaderOfTheDead : rl::test_suite<HeaderOfTheDead, 2> {
  World world;
  void before() {
    world.leave_claim(1, 4);
    world.home().header.store_release(HeaderWord::Version::make(1) | HeaderWord::OpTag::make(5) |
                                      HeaderWord::Op::make(1) | HeaderWord::OpVersion::make(1));
  }
  void thread(unsigned me) {
    if (me == 0) world.index().help(world.index().probe(kHashA).home);
    if (me == 1) RL_ASSERT(world.insert(1, true, 2).what == Published::inserted);
  }
  void after() {
    world.bury();
    RL_ASSERT(world.live(true) == 1);
  }
};

}  // namespace
}  // namespace larder::index

int main() {
  using namespace larder::index;
  const bool good = larder::model::search<TwoInsertsOfOneKey>("index: two inserts of one key") &&
                    larder::model::search<InsertAgainstRemove>("index: inserts against a removal") &&
                    larder::model::search<NeighboursAndReader>("index: neighbours and a reader") &&
                    larder::model::search<ClaimOfTheDead>("index: a dead thread's claim") &&
                    larder::model::search<InsertOfTheDead>("index: a dead thread's insert", 1) &&
                    larder::model::search<HeaderOfTheDead>("index: a dead thread's header");
  return good ? 0 : 1;
}
