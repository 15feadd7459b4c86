// page_table.h – the pages of one cache: their records and their bytes, by checked positions.
//
// What it is    a process-private view of a region's page records and page memory. A position names an 8-byte unit of
//               page memory; nothing read from the segment becomes a pointer without passing at().
// Concurrency   pure address arithmetic, but for note_expiry (a CAS loop that only lowers a word).
// Crash         note_expiry is called before the entry is published: a record is never later than its entries.
#pragma once

#include <cstddef>
#include <cstdint>

#include "page/page_word.h"

namespace larder::page {

class PageTable {
 public:
  PageTable() = default;
  PageTable(PageRecord* records, std::byte* bytes, uint32_t count, uint32_t page_bytes)
      : records_(records),
        bytes_(bytes),
        end_((uint64_t{count} * page_bytes) / 8),
        last_byte_(page_bytes - 1),
        count_(count),
        shift_(static_cast<uint32_t>(__builtin_ctz(page_bytes))) {}

  uint32_t count() const { return count_; }
  uint32_t page_bytes() const { return 1u << shift_; }
  PageRecord& record(uint32_t page) const { return records_[page]; }

  uint32_t position_of(uint32_t page, uint32_t offset) const {
    return static_cast<uint32_t>((uint64_t{page} << shift_ | offset) / 8);
  }
  uint32_t page_of(uint32_t position) const { return static_cast<uint32_t>(uint64_t{position} * 8 >> shift_); }
  uint32_t offset_of(uint32_t position) const {
    return static_cast<uint32_t>(uint64_t{position} * 8 & (page_bytes() - 1));
  }
  /// True if the position lies inside of the pages.
  bool holds(uint32_t position) const { return position < end_; }
  /// The word at a position that the pages hold.
  uint64_t* word_at(uint32_t position) const { return reinterpret_cast<uint64_t*>(bytes_) + position; }
  /// The word at a position, or null if it lies outside of the pages.
  uint64_t* at(uint32_t position) const { return holds(position) ? word_at(position) : nullptr; }
  /// Bytes from a position to the end of its page.
  uint32_t room_at(uint32_t position) const { return (~(position * 8) & last_byte_) + 1; }
  std::byte* page_at(uint32_t page) const { return bytes_ + (uint64_t{page} << shift_); }

  /// Remembers that an entry of the page expires at `expiry` (0 = never).
  void note_expiry(uint32_t page, uint64_t expiry) const {
    if (expiry == 0) return;
    base::Atomic64& word = records_[page].earliest;
    uint64_t known = word.load_acquire();
    while ((known == 0 || known > expiry) && !word.cas_acq_rel(known, expiry)) {
    }
  }
  /// Says that `bytes` of a page are gone: a hint for whoever looks for a page worth emptying. Returns how many were.
  uint64_t note_dead(uint32_t page, uint32_t bytes) const { return records_[page].dead.add_relaxed(bytes); }

 private:
  PageRecord* records_ = nullptr;
  std::byte* bytes_ = nullptr;
  uint64_t end_ = 0;        ///< the first position behind the pages
  uint32_t last_byte_ = 0;  ///< offset of a page's last byte: page_bytes - 1
  uint32_t count_ = 0;
  uint32_t shift_ = 0;
};

}  // namespace larder::page
