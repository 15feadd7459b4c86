// publish.h – inserts, updates and removals in the index; part of index.h.
//
// What it is    the protocol of slot.h as code. Insert: claim an empty slot (pending), put it in the home's header (the
//               linearization point; fails if any insert began or ended under this home since the scan), complete.
//               Update and removal: one CAS on the key's slot.
// Crash         every prefix of these functions is a state that complete() and resolve_claim() finish.
#pragma once

#include "index/index.h"

namespace larder::index {

template <class Matcher>
Publication Index::publish(Probe probe, uint32_t position, Presence presence, uint32_t cap, ClaimIntent intent,
                           const Matcher& match) const {
  Publication result;
  Claim claim;
  for (;; ++result.retries) {
    const uint64_t header = buckets_[probe.home].header.load_acquire();
    if (HeaderWord::Op::get(header) != 0) {
      complete(probe.home, header);
      continue;
    }
    if (const Found found = scan(probe, header, match)) {
      if (claim.slot != nullptr) release(claim);
      claim = {};
      const bool live = found.match == Match::live;
      if (presence == (live ? Presence::only_absent : Presence::only_present)) {
        result.what = Published::refused;
        return result;
      }
      const uint64_t refs = SlotWord::Refs::get(found.word);
      const uint64_t grown = !live ? 0 : refs < cap ? refs + 1 : refs;
      intent.stamp();
      if (!relocate(found, position, static_cast<uint32_t>(grown))) continue;
      result.displaced = found.position();
      result.what = live ? Published::replaced : Published::revived;
      return result;
    }
    if (presence == Presence::only_present) {
      if (claim.slot != nullptr) release(claim);
      result.what = Published::refused;
      return result;
    }
    if (claim.slot == nullptr && !try_claim(probe, position, intent, claim)) {
      if (!intent.may_evict) return result;
      const uint32_t evicted = evict_one(probe);
      result.index_evictions += evicted;
      if (evicted == 0 && result.retries > 64) return result;  // every slot is somebody's claim
      continue;
    }
    intent.stamp();
    if (!begin_insert(probe, header, claim)) continue;
    result.what = Published::inserted;
    return result;
  }
}

template <class Matcher>
Found Index::remove(Probe probe, const Matcher& match) const {
  for (;;) {
    const uint64_t header = buckets_[probe.home].header.load_acquire();
    if (HeaderWord::Op::get(header) != 0) {
      complete(probe.home, header);
      continue;
    }
    const Found found = scan(probe, header, match);
    if (!found) return {};  // every insert linearized before is live by now: the header was idle
    if (unlink(bucket_of(found.slot), found)) return found;
  }
}

}  // namespace larder::index
