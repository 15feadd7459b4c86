// get.cc – reading: get, get_many, contains.
//
// What it is    the optimistic read: find the slot, use the bytes, look at the slot again. If it did not change, the
//               reference count aside, the bytes were intact, because a page is recycled only after all its slots were
//               cleared. Stores nothing but the reference count while it is below the cap, and an idle entry's expiry.
//               The usual cases, a hit or a miss that one bucket decides, of an entry without terms of its own, are
//               straight-line code whose state stays in registers (quick_look); all others start again in read_fully.
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

/// Looks where a key is nearly always found. candidate: `slot` held `word`, which led to an entry of this key that is
/// live and of the usual form; its value is good if the slot still holds the word after its use. Results one by one, so
/// that the compiler keeps them in registers.
[[gnu::always_inline]] inline index::Glance quick_look(const policy::Plane& plane, std::string_view key, uint64_t hash,
                                                       base::Atomic64*& slot, uint64_t& word, const std::byte*& value,
                                                       uint32_t& size) {
  const index::Glance seen = plane.index.glance(plane.index.probe(hash), slot, word);
  if (seen != index::Glance::candidate) [[unlikely]]
    return seen;
  const auto position = static_cast<uint32_t>(SlotWord::Position::get(word));
  return plane.reader.usual(position, key, value, size) ? index::Glance::candidate : index::Glance::unsure;
}

/// One more reference, unless saturated. A lost race loses a reference, no more.
[[gnu::always_inline]] inline void count_reference(const Region& region, base::Atomic64& slot, uint64_t word) {
  const uint64_t refs = SlotWord::Refs::get(word);
  if (refs == SlotWord::Refs::kMax) [[likely]]
    return;
  if (!region.writable || !SlotWord::live(word) || refs >= policy::SettingWord::Cap::get(region.plane.setting()))
    return;
  slot.cas_relaxed(word, SlotWord::Refs::set(word, refs + 1));
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

/// Finds a live entry, wherever and however it is kept, and hands it to `use` (which copies what it wants; its answer
/// false ends the lookup as too_small).
template <class Use>
[[gnu::noinline]] Lookup read_fully(const Region& region, segment::ThreadState& thread, std::string_view key,
                                    uint64_t hash, Use use) {
  Sought sought(region.plane, key, hash);
  segment::Tally& tally = thread.tally(region.number);
  for (;;) {
    const Found found = region.plane.index.find(sought.probe, sought.by_key(region.plane));
    if (!found) break;
    const ring::EntryAt& entry = sought.entry;
    ring::ValueAt value{entry.value(), entry.shape.value_size};
    if (!ring::is_short(entry.header)) {
      value = look_closer(region, thread, sought, found);
      if (value.bytes == nullptr) {
        if (value.size == kLookAgain) continue;
        break;
      }
    }
    const bool used = use(value.bytes, value.size);
    const uint64_t word = found.slot->load_acquire();
    if (SlotWord::identity(word) != SlotWord::identity(found.word)) {
      ++tally[Counter::retries];
      continue;
    }
    const bool slides = region.writable && ring::is_idle(entry.header);
    if (slides && !cache::slide(region, thread, sought, found)) continue;
    count_reference(region, *found.slot, word);
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

/// Ends an operation whose thread has counted enough.
[[gnu::noinline]] Lookup after_flush(const Region& region, segment::ThreadState& thread, Lookup answer) {
  region.member->flush(thread, region.number);
  return answer;
}
[[gnu::always_inline]] inline Lookup counted(const Region& region, segment::ThreadState& thread, Counter counter,
                                             Lookup answer) {
  segment::Tally& tally = thread.tally(region.number);
  ++tally[counter];
  if (tally.due()) [[unlikely]]
    return after_flush(region, thread, answer);
  return answer;
}

/// One read; `otherwise` is called, and its answer returned, if the quick look does not decide it or the key is
/// sampled.
template <class Use, class Otherwise>
[[gnu::always_inline]] inline Lookup read(const Region& region, segment::ThreadState& thread, std::string_view key,
                                          uint64_t hash, Use use, Otherwise otherwise) {
  if (cache::is_sampled(region, hash)) [[unlikely]]
    return otherwise();
  base::Atomic64* slot = nullptr;
  uint64_t word = 0;
  const std::byte* value = nullptr;
  uint32_t size = 0;
  const index::Glance seen = quick_look(region.plane, key, hash, slot, word, value, size);
  if (seen == index::Glance::candidate) [[likely]] {
    const bool used = use(value, size);
    const uint64_t now = slot->load_acquire();
    if (SlotWord::identity(now) == SlotWord::identity(word)) [[likely]] {
      count_reference(region, *slot, now);
      return counted(region, thread, Counter::hits, {used ? Lookup::hit : Lookup::too_small, size});
    }
  } else if (seen == index::Glance::absent) {
    return counted(region, thread, Counter::misses, {Lookup::miss, 0});
  }
  return otherwise();
}

template <class Use>
[[gnu::always_inline]] inline Lookup read(const Region& region, segment::ThreadState& thread, std::string_view key,
                                          uint64_t hash, Use use) {
  return read(region, thread, key, hash, use, [&] { return read_fully(region, thread, key, hash, use); });
}

template <class Use>
[[gnu::always_inline]] inline Lookup checked_read(const Region& region, std::string_view key, Use use) {
  if (!cache::acceptable_key(key)) return {Lookup::invalid_key, 0};
  segment::ThreadState* thread = region.member->thread();
  if (thread == nullptr) return {Lookup::detached, 0};
  return read(region, *thread, key, region.plane.hash(key), use);
}

struct CopyTo {
  std::span<std::byte> out;
  [[gnu::always_inline]] bool operator()(const std::byte* value, uint32_t size) const {
    if (size > out.size()) return false;
    base::copy_out(out.data(), value, size);
    return true;
  }
};

[[gnu::noinline]] Lookup get_fully(const Region& region, std::string_view key, std::span<std::byte> out) {
  return checked_read(region, key, CopyTo{out});
}

}  // namespace

/// Makes no call but its last, so that it has no stack frame.
Lookup Cache::get(std::string_view key, std::span<std::byte> out) const {
  const Region& region = *region_;
  segment::ThreadState* const thread = region.member->known_thread();
  if (thread == nullptr || !base::ThreeBlocks::cover(key.size())) [[unlikely]]
    return get_fully(region, key, out);
  const uint64_t hash = base::hash_of_blocks(key, region.plane.secret);
  return read(region, *thread, key, hash, CopyTo{out}, [&] { return get_fully(region, key, out); });
}

Lookup Cache::get(std::string_view key, std::string& out) const {
  static thread_local std::string scratch;  // so that `out` changes only when the copy is known to be good
  std::string* const copy = &scratch;
  const Lookup found = checked_read(*region_, key, [copy](const std::byte* value, uint32_t size) {
    copy->resize(size);
    base::copy_out(copy->data(), value, size);
    return true;
  });
  if (found) out.swap(*copy);
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

namespace {

constexpr size_t kBatch = 16;      ///< keys whose memory is fetched together
constexpr size_t kLinesAhead = 8;  ///< of an entry at most

/// Lines of an entry that fetching ahead pays for, as far as the caller's buffer tells.
size_t lines_of(const Fetch& request) {
  return std::min(kLinesAhead, 1 + (request.key.size() + request.into.size()) / 64);
}

/// A batch in three passes: all buckets are on their way before the first is looked at, all entries before the first
/// key is compared.
size_t read_batch(const Region& region, segment::ThreadState& thread, std::span<Fetch> batch) {
  const policy::Plane& plane = region.plane;
  std::array<uint64_t, kBatch> hashes;
  for (size_t i = 0; i < batch.size(); ++i) {
    if (!cache::acceptable_key(batch[i].key)) continue;
    hashes[i] = plane.hash(batch[i].key);
    __builtin_prefetch(&plane.index.bucket(plane.index.probe(hashes[i]).home));
  }
  for (size_t i = 0; i < batch.size(); ++i) {
    base::Atomic64* slot = nullptr;
    uint64_t word = 0;
    if (!cache::acceptable_key(batch[i].key)) continue;
    if (plane.index.glance(plane.index.probe(hashes[i]), slot, word) != index::Glance::candidate) continue;
    const auto position = static_cast<uint32_t>(SlotWord::Position::get(word));
    if (const uint64_t* at = plane.rings.table().at(position))
      for (size_t line = 0; line < lines_of(batch[i]); ++line) __builtin_prefetch(at + 8 * line);
  }
  size_t hits = 0;
  for (size_t i = 0; i < batch.size(); ++i) {
    Fetch& request = batch[i];
    request.answer = {Lookup::invalid_key, 0};
    if (!cache::acceptable_key(request.key)) continue;
    request.answer = read(region, thread, request.key, hashes[i], CopyTo{request.into});
    hits += request.answer ? 1 : 0;
  }
  return hits;
}

}  // namespace

size_t Cache::get_many(std::span<Fetch> requests) const {
  segment::ThreadState* thread = region_->member->thread();
  if (thread == nullptr) {
    for (Fetch& request : requests) request.answer = {Lookup::detached, 0};
    return 0;
  }
  size_t hits = 0;
  for (size_t first = 0; first < requests.size(); first += kBatch)
    hits += read_batch(*region_, *thread, requests.subspan(first, std::min(kBatch, requests.size() - first)));
  return hits;
}

std::string_view Cache::name() const { return region_->member->tables().directory[region_->number].name; }

uint32_t Cache::max_value(size_t key_bytes) const {
  const uint32_t page = region_->plane.rings.table().page_bytes();
  const uint64_t used = ring::kShortHeaderBytes + key_bytes, run = cache::longest_run(*region_);
  if (run != 0 && cache::fits_run(*region_, key_bytes, run, {})) return static_cast<uint32_t>(run);
  return used >= page ? 0 : static_cast<uint32_t>(page - used);
}

}  // namespace larder
