// get.cc – reading: get, get_many, contains.
//
// What it is    the optimistic read: find the slot, use the bytes, look at the slot again. If it did not change
// (reference
//               count aside) the bytes were intact, because a page is recycled only after all its slots were
//               cleared. Stores nothing but the reference count while it is below the cap, and an idle entry's expiry.
// Crash         a reader that dies leaves nothing; one stopped in slide() holds one page by its work hazard.
#include <algorithm>
#include <array>

#include "cache/large.h"

namespace larder {

using cache::Region;
using cache::Sought;
using index::Found;
using index::SlotWord;

namespace {

/// One more reference, unless saturated. A lost race loses a reference, no more.
inline void count_reference(const Region& region, Found found, uint64_t word) {
  const uint64_t refs = SlotWord::Refs::get(word);
  if (refs >= policy::SettingWord::Cap::get(region.plane.setting()) || !SlotWord::live(word)) return;
  found.slot->cas_relaxed(word, SlotWord::Refs::set(word, refs + 1));
}

constexpr uint32_t kLookAgain = 1;

/// The value of an entry that is not plain. Without bytes: it is dead, or (size kLookAgain) it changed meanwhile.
[[gnu::noinline]] ring::ValueAt look_closer(const Region& region, segment::ThreadState& thread, const Sought& sought,
                                            Found found) {
  const bool live = region.plane.reader.standing(sought.entry) == ring::Standing::live;
  ring::ValueAt value;
  if (live && region.plane.reader.value_of(sought.entry, value)) {
    // That of a run is believed before room is made for so much.
    if (ring::holds_run(sought.entry.header) && !cache::unchanged(found)) return {nullptr, kLookAgain};
    return value;
  }
  if (!cache::unchanged(found)) return {nullptr, kLookAgain};
  if (!live) cache::drop_dead(region, thread, sought, found);
  return {};
}

/// Finds a live entry and hands its value to `use` (which copies what it wants; its answer false ends the lookup as
/// too_small).
template <class Use>
[[gnu::always_inline]] inline Lookup read(const Region& region, segment::ThreadState& thread, Sought& sought,
                                          const Use& use) {
  segment::Tally& tally = thread.tally(region.number);
  for (;;) {
    const Found found = region.plane.index.find(sought.probe, sought.by_key(region.plane));
    if (!found) break;
    const ring::EntryAt& entry = sought.entry;
    ring::ValueAt value{entry.value(), entry.shape.value_size};
    if (!ring::is_plain(entry.header)) [[unlikely]] {
      value = look_closer(region, thread, sought, found);
      if (value.bytes == nullptr) {
        if (value.size == kLookAgain) continue;
        break;
      }
    }
    const bool used = use(value);
    const uint64_t word = found.slot->load_acquire();
    if (SlotWord::identity(word) != SlotWord::identity(found.word)) [[unlikely]] {
      ++tally[Counter::retries];
      continue;
    }
    if (region.writable) [[likely]] {
      if (ring::EntryHeader::Idle::get(entry.header) != 0 && !cache::slide(region, thread, sought, found)) continue;
      count_reference(region, found, word);
    }
    ++tally[Counter::hits];
    if (cache::is_sampled(region, sought.hash)) [[unlikely]]
      cache::sample(region, thread, segment::SampleKind::hit, sought.hash, uint64_t{entry.shape.key_size} + value.size);
    region.done(thread);
    return {used ? Lookup::hit : Lookup::too_small, value.size};
  }
  ++tally[Counter::misses];
  if (cache::is_sampled(region, sought.hash)) [[unlikely]]
    cache::sample(region, thread, segment::SampleKind::miss, sought.hash, 0);
  region.done(thread);
  return {Lookup::miss, 0};
}

template <class Use>
[[gnu::always_inline]] inline Lookup checked_read(const Region& region, std::string_view key, const Use& use) {
  if (!cache::acceptable_key(key)) return {Lookup::invalid_key, 0};
  segment::ThreadState* thread = region.member->thread();
  if (thread == nullptr) return {Lookup::detached, 0};
  Sought sought(region.plane, key);
  return read(region, *thread, sought, use);
}

auto copy_to(std::span<std::byte> out) {
  return [out](const ring::ValueAt& value) __attribute__((always_inline)) {
    if (value.size > out.size()) return false;
    base::copy_out(out.data(), value.bytes, value.size);
    return true;
  };
}

}  // namespace

Lookup Cache::get(std::string_view key, std::span<std::byte> out) const {
  return checked_read(*region_, key, copy_to(out));
}

Lookup Cache::get(std::string_view key, std::string& out) const {
  static thread_local std::string scratch;  // so that `out` changes only when the copy is known to be good
  const Lookup found = checked_read(*region_, key, [](const ring::ValueAt& value) {
    scratch.resize(value.size);
    base::copy_out(scratch.data(), value.bytes, value.size);
    return true;
  });
  if (found) out.swap(scratch);
  return found;
}

bool Cache::contains(std::string_view key) const {
  if (!cache::acceptable_key(key)) return false;
  Sought sought(region_->plane, key);
  for (;;) {
    const Found found = region_->plane.index.find(sought.probe, sought.by_key(region_->plane));
    if (!found) return false;
    const bool live = region_->plane.reader.standing(sought.entry) == ring::Standing::live;
    if (cache::unchanged(found)) return live;
  }
}

size_t Cache::get_many(std::span<Fetch> requests) const {
  constexpr size_t kBatch = 16;
  const Region& region = *region_;
  segment::ThreadState* thread = region.member->thread();
  size_t hits = 0;
  for (size_t first = 0; first < requests.size(); first += kBatch) {
    const std::span<Fetch> batch = requests.subspan(first, std::min(kBatch, requests.size() - first));
    std::array<std::optional<Sought>, kBatch> sought;
    for (size_t i = 0; i < batch.size(); ++i) {
      batch[i].answer = {thread == nullptr ? Lookup::detached : Lookup::invalid_key, 0};
      if (thread == nullptr || !cache::acceptable_key(batch[i].key)) continue;
      sought[i].emplace(region.plane, batch[i].key);
      __builtin_prefetch(&region.plane.index.bucket(sought[i]->probe.home));
    }
    for (size_t i = 0; i < batch.size(); ++i) {
      if (!sought[i]) continue;
      const index::Found guess = region.plane.index.find(sought[i]->probe, [](uint32_t) { return index::Match::live; });
      if (!guess) continue;
      if (const uint64_t* at = region.plane.rings.table().at(guess.position())) {
        __builtin_prefetch(at);
        __builtin_prefetch(at + 8);
      }
    }
    for (size_t i = 0; i < batch.size(); ++i) {
      if (!sought[i]) continue;
      batch[i].answer = read(region, *thread, *sought[i], copy_to(batch[i].into));
      hits += batch[i].answer ? 1 : 0;
    }
  }
  return hits;
}

std::string_view Cache::name() const { return region_->member->tables().directory[region_->number].name; }

uint32_t Cache::max_value(size_t key_bytes) const {
  const uint32_t page = region_->plane.rings.table().page_bytes();
  const uint64_t used = 8 + key_bytes, run = cache::longest_run(*region_);
  if (run != 0 && cache::fits_run(*region_, key_bytes, run, {})) return static_cast<uint32_t>(run);
  return used >= page ? 0 : static_cast<uint32_t>(page - used);
}

}  // namespace larder
