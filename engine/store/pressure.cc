// pressure.cc – see pressure.h.
#include "store/pressure.h"

#include <algorithm>
#include <array>
#include <optional>

#include "store/each_record.h"

namespace larder::store {

namespace {

constexpr size_t kClasses = 256;  ///< of times left; each is 1/8 longer than the one before
constexpr uint64_t kShare = 16;   ///< of the store, to be dropped at once

size_t class_of(uint64_t left_ms) {
  size_t number = 0;
  for (uint64_t bound = 8; number + 1 < kClasses && bound < left_ms; bound += bound / 8) ++number;
  return number;
}

/// True if anything may be dropped at all.
bool drops(const Region& region) {
  bool any = false;
  for (const base::Atomic64& word : region.header->store.droppable.words) any |= word.load_relaxed() != 0;
  return any;
}

bool is_droppable(const Region& region, const Met& met) {
  return met.look.live && Meta::Expiry::get(met.look.cell.second) != 0 && region.header->store.droppable.has(met.key);
}

}  // namespace

bool drop_in_buckets(const Region& region, segment::ThreadState& thread, index::Probe probe) {
  if (!drops(region)) return false;
  std::optional<Met> soonest;
  const auto expiry = [](const Met& met) { return Meta::Expiry::get(met.look.cell.second); };
  for (uint32_t which = 0; which < index::kChoices; ++which) {
    const uint32_t bucket = region.plane.index.choice(probe.home, probe.tag, which);
    each_record(region, bucket, bucket + 1, [&](const Met& met) {
      if (is_droppable(region, met) && (!soonest || expiry(met) < expiry(*soonest))) soonest = met;
    });
  }
  if (!soonest) return false;
  Operation operation(region, thread, soonest->key);
  const Step erased = operation.erase(soonest->look);
  if (erased == Step::done) ++thread.tally(region.number)[Counter::evictions];
  return erased != Step::full;
}

uint64_t drop_soonest(const Region& region, segment::ThreadState& thread) {
  if (!drops(region)) return 0;
  const uint64_t now = region.plane.reader.now();
  const auto droppable = [&](const Met& met) { return is_droppable(region, met); };
  const auto left = [&](const Met& met) {
    const uint64_t expiry = Meta::Expiry::get(met.look.cell.second);
    return class_of(expiry > now ? expiry - now : 0);
  };
  std::array<uint64_t, kClasses> bytes{};
  each_record(region, [&](const Met& met) {
    if (droppable(met)) bytes[left(met)] += met.look.entry.shape.total;
  });
  const page::PageTable& table = region.plane.rings.table();
  const uint64_t wanted =
      std::max<uint64_t>(uint64_t{table.count()} * table.page_bytes() / kShare, 2 * uint64_t{table.page_bytes()});
  size_t last = 0;
  for (uint64_t sum = bytes[0]; sum < wanted && last + 1 < kClasses; sum += bytes[++last]) {
  }
  // Goes on where the last call ended: always from the first bucket on would empty that end of the index and fill the
  // other.
  const uint32_t buckets = region.plane.index.bucket_count();
  const auto begin = static_cast<uint32_t>(region.header->store.pressed_at.load_relaxed() % buckets);
  uint64_t dropped = 0, sum = 0;
  uint32_t bucket = begin;
  do {
    each_record(region, bucket, bucket + 1, [&](const Met& met) {
      if (!droppable(met) || left(met) > last) return;
      Operation operation(region, thread, met.key);
      if (operation.erase(met.look) != Step::done) return;
      sum += met.look.entry.shape.total;
      ++dropped;
    });
    bucket = bucket + 1 == buckets ? 0 : bucket + 1;
  } while (sum < wanted && bucket != begin);
  region.header->store.pressed_at.store_relaxed(bucket);
  thread.tally(region.number)[Counter::evictions] += dropped;
  return dropped;
}

}  // namespace larder::store
