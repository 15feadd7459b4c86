// put.cc – put, add, replace.
//
// Crash         see store_entry.h.
#include "cache/store_entry.h"

namespace larder {

using cache::Region;
using index::Presence;

namespace cache {

PutResult admit(const Region& region, std::string_view key, const PutOptions& options, ring::EntryTerms& terms,
                segment::ThreadState*& thread) {
  if (!acceptable_key(key)) return PutResult::invalid_key;
  if (!region.writable) return PutResult::read_only;
  const auto state = static_cast<segment::SegmentState>(region.member->tables().super->state.load_acquire());
  if (state != segment::SegmentState::ready) return PutResult::retired;
  if (!make_terms(region, options, terms)) return PutResult::invalid_ttl;
  thread = region.member->thread();
  if (thread == nullptr) return PutResult::detached;
  if (region.mode() != CacheMode::off) return PutResult::stored;
  ++thread->tally(region.number)[Counter::no_room];
  region.done(*thread);
  return PutResult::no_room;
}

}  // namespace cache

namespace {

PutResult store(const Region& region, std::string_view key, std::string_view value, const PutOptions& options,
                Presence presence) {
  ring::EntryTerms terms;
  segment::ThreadState* thread = nullptr;
  const PutResult admitted = cache::admit(region, key, options, terms, thread);
  if (admitted != PutResult::stored) return admitted;
  return cache::store_entry(region, *thread, key, value, terms, presence);
}

}  // namespace

PutResult Cache::put(std::string_view key, std::string_view value, const PutOptions& options) const {
  return store(*region_, key, value, options, Presence::any);
}

PutResult Cache::add(std::string_view key, std::string_view value, const PutOptions& options) const {
  return store(*region_, key, value, options, Presence::only_absent);
}

PutResult Cache::replace(std::string_view key, std::string_view value, const PutOptions& options) const {
  return store(*region_, key, value, options, Presence::only_present);
}

const char* to_string(PutResult result) {
  switch (result) {
    case PutResult::stored: return "stored";
    case PutResult::exists: return "exists";
    case PutResult::absent: return "absent";
    case PutResult::too_large: return "too large";
    case PutResult::no_room: return "no room";
    case PutResult::invalid_key: return "invalid key";
    case PutResult::invalid_ttl: return "invalid ttl";
    case PutResult::read_only: return "read-only";
    case PutResult::retired: return "retired";
    case PutResult::detached: return "detached";
  }
  return "unknown";
}

}  // namespace larder
