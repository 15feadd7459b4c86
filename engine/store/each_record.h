// each_record.h – every record of a store, bucket by bucket.
//
// What it is    a key stays in one slot from its creation to its removal, whatever happens to its bytes: so one pass
//               over the slots meets every record that is there throughout, once.
// Concurrency   reads, but for completing inserts in flight if the attachment may write.
// Crash         see index/slot.h.
#pragma once

#include <string>

#include "store/operation.h"

namespace larder::store {

/// A record met by a pass: as Look, with its key copied. Bytes in place are good if Operation::still says so after.
struct Met {
  Look look;
  std::string key;
};

/// Calls `visit(met)` for every record, live or not, of the buckets [first, last).
template <class Visit>
void each_record(const Region& region, uint32_t first, uint32_t last, const Visit& visit) {
  const policy::Plane& plane = region.plane;
  Met met;
  for (uint32_t number = first; number < last; ++number) {
    for (base::Atomic64& slot : plane.index.bucket(number).slots) {
      for (;;) {
        const uint64_t word = slot.load_acquire();
        if (index::SlotWord::empty(word)) break;
        const bool pending = index::SlotWord::pending(word);
        if (pending && region.writable) {
          plane.index.help(plane.index.home_of(number, word));
          if (slot.load_acquire() == word) break;  // a claim that is not linearized: not there yet
          continue;
        }
        if (pending) break;
        met.look = {};
        met.look.found = {&slot, word, index::Match::live};
        if (!plane.reader.parse(met.look.found.position(), met.look.entry) ||
            !is_record(met.look.entry.words, met.look.entry.header)) {
          if (Operation::still(met.look)) break;
          continue;
        }
        met.key.resize(met.look.entry.shape.key_size);
        base::copy_out(met.key.data(), met.look.entry.key(), met.key.size());
        met.look.cell = cell_of(met.look.entry.words).load();
        if (!Operation::still(met.look)) continue;
        const uint64_t expiry = Meta::Expiry::get(met.look.cell.second);
        met.look.live = is_live(met.look.cell.second, expiry == 0 ? 0 : plane.reader.now());
        visit(met);
        break;
      }
    }
  }
}

template <class Visit>
void each_record(const Region& region, const Visit& visit) {
  each_record(region, 0, region.plane.index.bucket_count(), visit);
}

}  // namespace larder::store
