// list.cc – listing entries and reading one, without leaving a trace.
//
// Each entry is used only if its slot still points at it after its bytes were copied.
#include "base/error.h"
#include "observe/inspector.h"

namespace larder::observe {

using index::Found;
using index::SlotWord;

namespace {

EntryInfo describe(const policy::Plane& plane, const ring::EntryAt& entry, uint64_t word, std::string key) {
  EntryInfo info;
  info.key = std::move(key);
  const uint64_t large = plane.reader.run_of(entry).bytes;
  info.value_bytes = large != 0 ? static_cast<uint32_t>(large) : entry.shape.value_size;
  info.page = plane.rings.table().page_of(static_cast<uint32_t>(SlotWord::Position::get(word)));
  info.hot = page::PageWord::Ring::get(plane.rings.table().record(info.page).word.load_acquire()) != 0;
  info.references = static_cast<uint32_t>(SlotWord::Refs::get(word));
  const uint64_t expiry = ring::expiry_of(entry.words, entry.header);
  if (expiry != 0) info.ttl_ms = static_cast<int64_t>(expiry) - static_cast<int64_t>(plane.reader.now());
  if (ring::is_idle(entry.header)) {
    info.idle_ms = static_cast<int64_t>(ring::idle_of(entry.words));
    const uint64_t deadline = base::load_word_acquire(ring::deadline_word(entry.words)), now = plane.reader.now();
    if (deadline != 0) info.deadline_ms = static_cast<int64_t>(deadline > now ? deadline - now : 0);
  }
  if (ring::is_tagged(entry.header))
    info.tag = static_cast<int64_t>(ring::tag_word_of(entry.words, entry.header) & 0xffffffff);
  return info;
}

constexpr int kTries = 64;  ///< a slot that changes faster than its entry can be copied is left out

/// Copies the entry of a slot that leads to one with this prefix. False if there is none.
bool copy_entry(const policy::Plane& plane, const base::Atomic64& slot, std::string_view prefix, EntryInfo& info,
                std::string* value) {
  for (int look = 0; look < kTries; ++look) {
    const uint64_t word = slot.load_acquire();
    if (!SlotWord::live(word)) return false;
    const auto changed = [&] { return SlotWord::identity(slot.load_acquire()) != SlotWord::identity(word); };
    ring::EntryAt entry;
    if (!plane.reader.parse(static_cast<uint32_t>(SlotWord::Position::get(word)), entry) ||
        plane.reader.standing(entry) != ring::Standing::live || entry.shape.key_size < prefix.size()) {
      if (changed()) continue;
      return false;
    }
    std::string key(entry.shape.key_size, 0);
    base::copy_out(key.data(), entry.key(), key.size());
    info = describe(plane, entry, word, std::move(key));
    ring::ValueAt at;
    const bool sound = plane.reader.value_of(entry, at);
    if (changed()) continue;
    if (!sound) return false;
    if (value != nullptr && info.key.starts_with(prefix)) {
      value->resize(at.size);
      base::copy_out(value->data(), at.bytes, value->size());
    }
    if (!changed()) return info.key.starts_with(prefix);
  }
  return false;
}

Status each_entry(const Inspector& inspector, std::string_view cache, std::string_view prefix, bool values,
                  const std::function<bool(const EntryInfo&, std::string_view)>& visit) {
  const Result<uint32_t> number = inspector.impl().find_cache(cache);
  if (!number) return number.error();
  const policy::Plane& plane = inspector.impl().planes[*number];
  EntryInfo info;
  std::string value;
  for (uint32_t bucket = 0; bucket < plane.index.bucket_count(); ++bucket)
    for (const base::Atomic64& slot : plane.index.bucket(bucket).slots)
      if (copy_entry(plane, slot, prefix, info, values ? &value : nullptr) && !visit(info, value)) return Done{};
  return Done{};
}

}  // namespace

Status list_entries(const Inspector& inspector, std::string_view cache, std::string_view prefix,
                    const std::function<bool(const EntryInfo&)>& visit) {
  return each_entry(inspector, cache, prefix, false,
                    [&](const EntryInfo& info, std::string_view) { return visit(info); });
}

Status read_entries(const Inspector& inspector, std::string_view cache, std::string_view prefix,
                    const std::function<bool(const EntryInfo&, std::string_view)>& visit) {
  return each_entry(inspector, cache, prefix, true, visit);
}

Result<std::string> peek(const Inspector& inspector, std::string_view cache, std::string_view key, EntryInfo* info) {
  const Result<uint32_t> number = inspector.impl().find_cache(cache);
  if (!number) return number.error();
  if (!cache::acceptable_key(key))
    return base::fail(Code::invalid_argument, "a key has 1 to {} bytes, this one {}", kMaxKeyBytes, key.size());
  const policy::Plane& plane = inspector.impl().planes[*number];
  cache::Sought sought(plane, key);
  for (;;) {
    const Found found = plane.index.find(sought.probe, sought.by_key(plane));
    if (!found) break;
    const bool live = plane.reader.standing(sought.entry) == ring::Standing::live;
    ring::ValueAt at;
    const bool found_value = live && plane.reader.value_of(sought.entry, at);
    if (!cache::unchanged(found)) continue;
    std::string value(found_value ? at.size : 0, 0);
    base::copy_out(value.data(), at.bytes, value.size());
    if (live && info != nullptr) *info = describe(plane, sought.entry, found.word, std::string(key));
    if (!cache::unchanged(found)) continue;
    if (!found_value) break;
    return value;
  }
  return base::fail(Code::not_found, "no such key in cache {}", cache);
}

}  // namespace larder::observe
