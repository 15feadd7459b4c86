// entry_reader.h – from a position to an entry, with every bound checked, and whether it still counts.
//
// What it is    the matcher's half of a lookup: parse what stands at a position, compare its key, judge expiry and tag.
// Invariants    nothing read from page memory is used before it is checked against the page's end. What parse() returns
//               is only as good as the slot that led to it: check the slot again after using the bytes.
// Concurrency   reads only; the page may be recycled underneath.
// Crash         reads only.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/copy.h"
#include "page/page_table.h"
#include "ring/entry.h"
#include "ring/tag_epochs.h"

namespace larder::ring {

/// An entry as found: its words and the header they began with.
struct EntryAt {
  uint64_t* words = nullptr;
  uint64_t header = 0;
  EntryShape shape;

  const std::byte* bytes() const { return reinterpret_cast<const std::byte*>(words); }
  const std::byte* key() const { return bytes() + shape.key_at; }
  const std::byte* value() const { return bytes() + shape.value_at(); }
  bool has_key(std::string_view wanted) const {
    return shape.key_size == wanted.size() && base::equal_bytes(key(), wanted.data(), wanted.size());
  }
};

/// A value as found: in its entry, or in a run of pages.
struct ValueAt {
  const std::byte* bytes = nullptr;
  uint32_t size = 0;
};

enum class Standing : uint8_t { live, expired, untagged };

class EntryReader {
 public:
  EntryReader() = default;
  EntryReader(page::PageTable table, TagEpochs tags, int64_t created_ms)
      : table_(table), tags_(tags), created_ms_(created_ms) {}

  /// The entry at a position; false if no entry can stand there.
  bool parse(uint32_t position, EntryAt& entry) const {
    entry.words = table_.at(position);
    if (entry.words == nullptr) return false;
    entry.header = base::load_word_acquire(entry.words);  // sees: entry-bytes
    entry.shape = shape_of(entry.header);
    return entry.shape.key_size != 0 && entry.shape.total <= table_.room_at(position);
  }
  /// The reference in an entry's value; without bytes if it holds its value itself.
  RunRef run_of(const EntryAt& entry) const {
    RunRef run{};
    if (holds_run(entry.header) && entry.shape.value_size == sizeof run)
      base::copy_out(&run, entry.value(), sizeof run);
    return run;
  }
  /// Where a reference leads. False if no run can stand there.
  bool resolve(const RunRef& run, ValueAt& value) const {
    const uint64_t room = uint64_t{table_.count() - run.head} * table_.page_bytes();
    if (run.head >= table_.count() || run.bytes == 0 || run.bytes > room || run.bytes > kMaxValueBytes) return false;
    value = {table_.page_at(run.head), static_cast<uint32_t>(run.bytes)};
    return true;
  }
  /// The entry's value, wherever it is. False if there can be none.
  bool value_of(const EntryAt& entry, ValueAt& value) const {
    if (holds_run(entry.header)) return resolve(run_of(entry), value);
    value = {entry.value(), entry.shape.value_size};
    return true;
  }
  /// Pages of a run that holds so many bytes.
  uint32_t pages_for(uint64_t bytes) const {
    return static_cast<uint32_t>((bytes + table_.page_bytes() - 1) / table_.page_bytes());
  }
  /// The value of this key's entry, if the entry is of the usual form (no word of its own for terms), of that key, and
  /// not expired. False says nothing: parse() and standing() judge such an entry. What it says is as good as what
  /// parse() says.
  [[gnu::always_inline]] bool usual(uint32_t position, std::string_view key, const std::byte*& value,
                                    uint32_t& size) const {
    constexpr uint64_t kFixed = EntryHeader::Key::kMask | (EntryHeader::kForm & ~EntryHeader::kShort);
    if (!table_.holds(position)) return false;
    const uint64_t* words = table_.word_at(position);
    const uint64_t header = base::load_word_acquire(words);  // sees: entry-bytes
    size = static_cast<uint32_t>(EntryHeader::Value::get(header));
    const size_t key_at = kHeaderBytes - kShortHeaderBytes * EntryHeader::Idle::get(header);
    const size_t total = key_at + key.size() + size;
    if ((header & kFixed) != EntryHeader::Key::make(key.size()) || total > table_.room_at(position)) return false;
    const std::byte* const stored = reinterpret_cast<const std::byte*>(words) + key_at;
    if (!base::equal_bytes(stored, key.data(), key.size())) return false;
    value = stored + key.size();
    return EntryHeader::Idle::get(header) != 0 || EntryHeader::Expiry::get(header) > now();
  }
  /// Milliseconds since the segment was made; expiries are on this scale, and never 0.
  uint64_t now() const { return static_cast<uint64_t>(base::now_ms() - created_ms_) + 1; }

  /// Entries without expiry and tag cost no clock.
  Standing standing(const EntryAt& entry) const {
    if (is_short(entry.header)) [[likely]]
      return Standing::live;
    const uint64_t expiry = expiry_of(entry.words, entry.header);
    if (expiry != 0 && expiry <= now()) return Standing::expired;
    if (!is_tagged(entry.header)) return Standing::live;
    const uint64_t tag = tag_word_of(entry.words, entry.header);
    return tags_.now(static_cast<uint32_t>(tag)) == static_cast<uint32_t>(tag >> 32) ? Standing::live
                                                                                     : Standing::untagged;
  }
  const page::PageTable& table() const { return table_; }
  const TagEpochs& tags() const { return tags_; }

 private:
  page::PageTable table_;
  TagEpochs tags_;
  int64_t created_ms_ = 0;
};

}  // namespace larder::ring
