#include "damage/structure.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include "cache/region_layout.h"
#include "observe/observe.h"
#include "store/record.h"

namespace larder::test {
namespace {

using index::HeaderWord;
using index::SlotWord;
using page::PageWord;
using page::State;
using ring::CellWord;
using ring::EntryHeader;

/// Walks over one region of the image and collects.
class Collector {
 public:
  Collector(const std::string& image, const cache::RegionHeader& header, uint64_t region_at,
            std::vector<StructuralBit>& bits)
      : image_(image), header_(header), shape_(header.shape), region_at_(region_at), bits_(bits) {}

  void collect() {
    for (uint32_t bucket = 0; bucket < shape_.buckets; ++bucket)
      for (uint32_t slot = 0; slot < index::kSlots; ++slot)
        if (const uint64_t held = slot_word(bucket, slot); SlotWord::live(held))
          starts_.insert(shape_.pages_at + SlotWord::Position::get(held) * 8);
    for (uint32_t bucket = 0; bucket < shape_.buckets; ++bucket) of_bucket(bucket);
    for (uint32_t page = 0; page < shape_.pages; ++page) of_page(page);
    uint64_t cells = shape_.cells_at;
    for (const auto& [queue, capacity] :
         {std::pair{&header_.cold, shape_.ring_cells}, std::pair{&header_.hot, shape_.ring_cells},
          std::pair{&header_.free, shape_.free_cells}}) {
      of_queue(*queue, cells, capacity);
      cells += uint64_t{capacity} * 8;
    }
  }

 private:
  template <class T>
  const T& read(uint64_t at) const {
    return *reinterpret_cast<const T*>(image_.data() + region_at_ + at);
  }
  uint64_t word(uint64_t at) const { return read<uint64_t>(at); }
  void add(uint64_t at, uint64_t mask, const char* what) {
    for (uint32_t bit = 0; bit < 64; ++bit)
      if ((mask >> bit & 1) != 0) bits_.push_back({region_at_ + at + bit / 8, static_cast<uint8_t>(bit % 8), what});
  }
  /// Those bits of a word whose flipping gives a value that `wrong` says is one.
  template <class Wrong>
  void add_if(uint64_t at, const char* what, const Wrong& wrong) {
    uint64_t mask = 0;
    for (uint32_t bit = 0; bit < 64; ++bit)
      if (wrong(word(at) ^ uint64_t{1} << bit)) mask |= uint64_t{1} << bit;
    add(at, mask, what);
  }

  uint64_t slot_word(uint32_t bucket, uint32_t slot) const {
    return word(shape_.buckets_at + bucket * sizeof(index::Bucket) + slot * 8);
  }
  void of_bucket(uint32_t bucket) {
    const uint64_t at = shape_.buckets_at + bucket * sizeof(index::Bucket);
    for (uint32_t slot = 0; slot < index::kSlots; ++slot) {
      const uint64_t held = word(at + slot * 8);
      if (SlotWord::live(held)) {
        add(at + slot * 8, ~(SlotWord::Version::kMask | SlotWord::Refs::kMask), "slots in use");
        of_entry(held);
      } else {
        add(at + slot * 8, SlotWord::Tag::kMask | SlotWord::Live::kMask, "empty slots");
      }
    }
    add(at + index::kSlots * 8, HeaderWord::Op::kMask, "bucket headers");
  }

  void of_entry(uint64_t held) {
    const uint64_t at = shape_.pages_at + SlotWord::Position::get(held) * 8, header = word(at);
    const ring::EntryShape shape = ring::shape_of(header);
    uint64_t& end = ends_[static_cast<uint32_t>((at - shape_.pages_at) / shape_.page_bytes)];
    end = std::max(end, (at - shape_.pages_at) % shape_.page_bytes + shape.total);
    const bool store = shape_.kind == cache::RegionKind::store;
    add(at,
        EntryHeader::Key::kMask | EntryHeader::Long::kMask | EntryHeader::Idle::kMask | EntryHeader::Tagged::kMask |
            (store ? EntryHeader::Frozen::kMask | EntryHeader::Expiry::kMask : 0),
        "entry headers");
    add_if(at, "lengths of values", [&](uint64_t other) {
      constexpr uint64_t kOthers = ~EntryHeader::Value::kMask;
      const auto next = starts_.upper_bound(at);
      const uint64_t next_at = next == starts_.end() ? ~uint64_t{0} : *next;
      const uint64_t page_end = at / shape_.page_bytes * shape_.page_bytes + shape_.page_bytes;
      return (other & kOthers) == (header & kOthers) && at + ring::shape_of(other).total > std::min(next_at, page_end);
    });
    for (uint32_t byte = 0; byte < shape.key_size; ++byte)
      for (uint8_t bit = 0; bit < 8; ++bit) bits_.push_back({region_at_ + at + shape.key_at + byte, bit, "keys"});
    if (store) add(at + 16, store::Meta::Kind::kMask & kind_bits(word(at + 16)), "kinds of records");
    if (ring::holds_run(header)) of_reference(at + shape.value_at());
  }
  /// Flipping this bit of the kind makes it none, or a tombstone of a key that is not durable.
  static uint64_t kind_bits(uint64_t meta) {
    uint64_t mask = 0;
    for (uint64_t bit = 1; bit <= 2; bit <<= 1)
      if ((store::Meta::Kind::get(meta) ^ bit) == 0) mask |= store::Meta::Kind::make(bit);
    return mask;
  }
  void of_reference(uint64_t at) {
    ring::RunRef run;
    std::memcpy(&run, image_.data() + region_at_ + at, sizeof run);
    for (uint32_t byte = 0; byte < 8; ++byte)
      for (uint8_t bit = 0; bit < 8; ++bit) bits_.push_back({region_at_ + at + byte, bit, "references to runs"});
    const uint64_t record = shape_.records_at + run.head * sizeof(page::PageRecord);
    add(record, PageWord::Generation::kMask, "page words");
    add(record + 16, ~uint64_t{0}, "hashes of runs");
    const auto pages = [&](uint64_t bytes) { return (bytes + shape_.page_bytes - 1) / shape_.page_bytes; };
    for (uint32_t bit = 0; bit < 64; ++bit)
      if (pages(run.bytes ^ uint64_t{1} << bit) != pages(run.bytes))
        bits_.push_back({region_at_ + at + 8 + bit / 8, static_cast<uint8_t>(bit % 8), "references to runs"});
  }

  void of_page(uint32_t page) {
    const uint64_t at = shape_.records_at + page * sizeof(page::PageRecord), held = word(at);
    const State state = PageWord::state(held);
    const bool queued = state == State::free || state == State::ring;
    const uint64_t generation = queued ? CellWord::Generation::kMax : 0;
    const bool hint = state == State::run || state == State::emptying;  // where the run's entry is
    const uint64_t others = ~(PageWord::Generation::kMask | (hint ? PageWord::Ring::kMask : 0));
    add(at, others | generation, "page words");
    if (state == State::ring && ends_.count(page) != 0)
      add_if(at + 8, "ends of pages", [&](uint64_t other) { return other < ends_[page]; });
    if (state == State::run) add(at + offsetof(page::PageRecord, runs), ~uint64_t{0}, "lengths of runs");
    if (state == State::tail) add(at + 16, ~uint64_t{0}, "tails of runs");
    if (state != State::free) return;
    for (uint64_t bytes = 0; bytes < shape_.page_bytes; bytes += 8)
      add(shape_.pages_at + uint64_t{page} * shape_.page_bytes + bytes, ~uint64_t{0}, "free pages");
  }

  /// True if the cell is what keeps its page in the queue.
  bool keeps(uint64_t cell) const {
    if (!CellWord::occupied(cell)) return false;
    const uint64_t held = word(shape_.records_at + CellWord::page(cell) * sizeof(page::PageRecord));
    return CellWord::of_generation(cell, PageWord::generation(held)) &&
           (PageWord::state(held) == State::free || PageWord::state(held) == State::ring);
  }
  void of_queue(const ring::QueueWords& queue, uint64_t cells, uint64_t capacity) {
    const uint64_t head = queue.head.load_relaxed(), tail = queue.tail.load_relaxed();
    for (uint64_t i = 0; i < capacity; ++i) {
      const uint64_t cell = word(cells + i * 8), number = head + ((i - head) & (capacity - 1));
      if (keeps(cell)) add(cells + i * 8, ~uint64_t{0}, "cells in use");
      if (number > tail) add(cells + i * 8, ~uint64_t{0}, "empty cells");  // the ticket at the tail may be used already
    }
    const auto at = [&](const base::Atomic64& counter) {
      return static_cast<uint64_t>(reinterpret_cast<const char*>(&counter) - image_.data()) - region_at_;
    };
    add_if(at(queue.head), "heads of queues", [&](uint64_t other) {
      if (other > tail + 1 || (tail > other && tail - other > capacity)) return true;
      for (uint64_t number = head; number < other; ++number)
        if (keeps(word(cells + (number & (capacity - 1)) * 8))) return true;
      return false;
    });
    add_if(at(queue.tail), "tails of queues", [&](uint64_t other) {
      return other > tail || head > other + 1 ||
             (tail - other > 1 && keeps(word(cells + ((tail - 1) & (capacity - 1)) * 8)));
    });
  }

  const std::string& image_;
  const cache::RegionHeader& header_;
  const cache::RegionShape& shape_;
  const uint64_t region_at_;
  std::vector<StructuralBit>& bits_;
  std::map<uint32_t, uint64_t> ends_;  ///< of each page's last live entry
  std::set<uint64_t> starts_;          ///< of all live entries, from the start of the region
};

}  // namespace

std::vector<StructuralBit> structural_bits(const std::string& image) {
  std::vector<StructuralBit> bits;
  const auto& super = *reinterpret_cast<const segment::Superblock*>(image.data());
  const auto add = [&](uint64_t at, uint64_t size, const char* what) {
    for (uint64_t byte = at; byte < at + size; ++byte)
      for (uint8_t bit = 0; bit < 8; ++bit) bits.push_back({byte, bit, what});
  };
  add(0, offsetof(segment::Superblock, state), "superblock");
  for (uint32_t number = 0; number < super.cache_count; ++number) {
    const uint64_t at = super.directory_at + number * sizeof(segment::DirectoryEntry);
    const auto& entry = *reinterpret_cast<const segment::DirectoryEntry*>(image.data() + at);
    const auto& header = *reinterpret_cast<const cache::RegionHeader*>(image.data() + entry.region_at);
    add(at, sizeof entry, "directory");
    add(entry.region_at, sizeof header.shape, "shapes");
    Collector(image, header, entry.region_at, bits).collect();
  }
  return bits;
}

}  // namespace larder::test
