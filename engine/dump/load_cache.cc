// load_cache.cc – entries of a dump back into a cache, with the times, tags and reference counts they had.
//
// Crash         each entry is stored or not, as by any put.
#include <algorithm>

#include "base/error.h"
#include "cache/large.h"
#include "dump/load.h"

namespace larder::dump {

namespace {

using index::SlotWord;

class CacheLoader final : public Loader {
 public:
  explicit CacheLoader(Cache cache, const Segment& segment) : cache_(std::move(cache)), segment_(segment) {}

  bool holds_anything() const override {
    const policy::Plane& plane = region().plane;
    for (uint32_t number = 0; number < plane.index.bucket_count(); ++number)
      for (const base::Atomic64& slot : plane.index.bucket(number).slots)
        if (leads_to_live(plane, slot.load_acquire())) return true;
    return false;
  }

  Status put(const Record& record, int64_t now, const LoadOptions& options, Loaded& counts) override {
    ring::EntryTerms terms;
    if (!terms_of(record, now, terms)) {
      ++counts.invalid;
      return Done{};
    }
    if (!fits(record, terms)) {
      ++counts.too_large;
      return Done{};
    }
    const bool keep = options.present == Present::keep;
    if (options.dry_run) {
      if (keep && cache_.contains(record.key)) {
        ++counts.kept;
      } else {
        ++(region().mode() == CacheMode::off ? counts.no_room : counts.loaded);
      }
      return Done{};
    }
    const PutResult result = store(record, terms, keep ? index::Presence::only_absent : index::Presence::any);
    if (result == PutResult::stored) refer(record, std::max<uint64_t>(record.references, record.hot ? 1 : 0));
    return count(result, counts);
  }

 private:
  const cache::Region& region() const { return cache_.region(); }

  void refer(const Record& record, uint64_t references) const {
    const policy::Plane& plane = region().plane;
    cache::Sought sought(plane, record.key);
    const index::Found found = plane.index.find(sought.probe, sought.by_key(plane));
    if (!found || !SlotWord::live(found.word)) return;
    const uint64_t cap = policy::SettingWord::Cap::get(plane.setting());
    const uint64_t wanted = std::min(references, cap);
    uint64_t word = found.word;
    if (SlotWord::Refs::get(word) < wanted) found.slot->cas_relaxed(word, SlotWord::Refs::set(word, wanted));
  }

  static bool leads_to_live(const policy::Plane& plane, uint64_t word) {
    ring::EntryAt entry;
    return SlotWord::live(word) && plane.reader.parse(static_cast<uint32_t>(SlotWord::Position::get(word)), entry) &&
           plane.reader.standing(entry) == ring::Standing::live;
  }

  /// From the wall clock to the segment's. False if a time is out of range.
  bool terms_of(const Record& record, int64_t now, ring::EntryTerms& terms) const {
    const uint64_t here = region().plane.reader.now();
    const auto ahead = [&](int64_t unix_ms, uint64_t& out) {
      if (unix_ms <= now || unix_ms - now > kMaxTtl.count()) return false;
      out = here + static_cast<uint64_t>(unix_ms - now);
      return true;
    };
    if (record.expires && !ahead(*record.expires, terms.expiry)) return false;
    if (record.idle) {
      if (*record.idle < 1 || *record.idle > kMaxTtl.count() || !record.expires) return false;
      terms.idle = static_cast<uint64_t>(*record.idle);
      if (record.deadline && !ahead(*record.deadline, terms.deadline)) return false;
    }
    if (record.tag) {
      terms.tagged = true;
      terms.tag = *record.tag;
      terms.tag_epoch = region().plane.reader.tags().now(terms.tag);
    }
    return true;
  }

  bool fits(const Record& record, const ring::EntryTerms& terms) const {
    const size_t key = record.key.size(), value = record.value.size();
    return cache::fits_page(region(), key, value, terms) || cache::fits_run(region(), key, value, terms);
  }

  /// As Cache::put, but with times of the record's own instead of the cache's.
  PutResult store(const Record& record, const ring::EntryTerms& terms, index::Presence presence) const {
    const auto ready = static_cast<uint64_t>(segment::SegmentState::ready);
    if (region().member->tables().super->state.load_acquire() != ready) return PutResult::retired;
    segment::ThreadState* thread = region().member->thread();
    if (thread == nullptr) return PutResult::detached;
    if (region().mode() == CacheMode::off) return PutResult::no_room;
    return cache::store_entry(region(), *thread, record.key, record.value, terms, presence);
  }

  Status count(PutResult result, Loaded& counts) const {
    switch (result) {
      case PutResult::stored: ++counts.loaded; break;
      case PutResult::exists: ++counts.kept; break;
      case PutResult::too_large: ++counts.too_large; break;
      case PutResult::no_room: ++counts.no_room; break;
      case PutResult::retired:
        return base::with_hint(base::fail(Code::retired, "{}: the segment was retired meanwhile", segment_.name()),
                               "load again, into its successor");
      case PutResult::detached: return base::fail(Code::no_slot, "{}: {}", segment_.name(), segment_.last_error());
      default: ++counts.invalid;
    }
    return Done{};
  }

  Cache cache_;
  const Segment& segment_;
};

}  // namespace

Result<std::unique_ptr<Loader>> cache_loader(const Segment& segment, const std::string& name) {
  Result<Cache> cache = segment.cache(name);
  if (!cache) return cache.error();
  return std::unique_ptr<Loader>(std::make_unique<CacheLoader>(std::move(*cache), segment));
}

}  // namespace larder::dump
