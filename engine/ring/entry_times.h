// entry_times.h – changing an entry's expiry where it stands, and freezing it before the entry moves.
//
// What it is    ExpiryCell is the one word that holds an entry's expiry (the header, or the word of its own of a far
//               one) as it was read. Touches and idle reads change it by CAS; a hand freezes it before it copies the
//               entry to another page.
//
//   word        change (touch, slide)               freeze (hand)      copy to another place (hand, toucher)
//   unfrozen    CAS → unfrozen, new expiry          CAS → frozen       not allowed, but with an expiry of its own
//   frozen      refused: the toucher moves the      nothing to do      allowed; CAS on the slot decides whose copy
//   counts
//               entry itself, with the new expiry
//
// Invariants    N4 frozen is final: the times of a frozen entry never change again in this place. So a copy of a frozen
//               entry is true until the slot changes, whoever made it and however late it is published, and a touch
//               that was answered "yes" is in it. (A deadline may still be stored by a touch that finds the entry
//               frozen next and starts again at the new place.)
// Concurrency   change: under the work hazard on the entry's page, after the slot was looked at again
//               (cache/region.h, hold_for_change). freeze: the owner of the page, while it empties it.
// Crash         a hand that dies between freeze and the move leaves one frozen entry, as live as before; whoever
//               touches it or empties its page moves it. Nobody thaws it.
#pragma once

#include "ring/entry.h"

namespace larder::ring {

class ExpiryCell {
 public:
  /// `header` says which word it is; the word is read now.
  ExpiryCell(uint64_t* entry, uint64_t header)
      : far_(EntryHeader::Long::get(header) != 0), at_(far_ ? entry + 1 : entry), seen_(base::load_word_acquire(at_)) {}

  /// As read: ms since the segment was made; 0 = never.
  uint64_t expiry() const {
    if (far_) return FarWord::Expiry::get(seen_);
    return is_short(seen_) ? 0 : EntryHeader::Expiry::get(seen_);
  }
  /// A short header counts as frozen: it never changes where it stands.
  bool frozen() const {
    if (far_) return FarWord::Frozen::get(seen_) != 0;
    return EntryHeader::Frozen::get(seen_) != 0 || is_short(seen_);
  }

  /// Changes the expiry of a cell that was read unfrozen. False if the word is not as it was read; then it is read
  /// again.
  bool try_change(uint64_t expiry) {
    return swap(far_ ? FarWord::Expiry::set(seen_, expiry) : EntryHeader::Expiry::set(seen_, expiry));
  }
  /// Makes the expiry final, as it is by then.
  void freeze() {
    while (!frozen()) swap(far_ ? FarWord::Frozen::set(seen_, 1) : EntryHeader::Frozen::set(seen_, 1));
  }

 private:
  bool swap(uint64_t wanted) {
    if (!base::cas_word_acq_rel(at_, seen_, wanted)) return false;
    seen_ = wanted;
    return true;
  }

  bool far_;
  uint64_t* at_;
  uint64_t seen_;
};

}  // namespace larder::ring
