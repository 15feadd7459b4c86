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
  info.value_bytes = entry.shape.value_size;
  info.page = plane.rings.table().page_of(static_cast<uint32_t>(SlotWord::Position::get(word)));
  info.hot = page::PageWord::Ring::get(plane.rings.table().record(info.page).word.load_acquire()) != 0;
  info.references = static_cast<uint32_t>(SlotWord::Refs::get(word));
  const uint64_t expiry = ring::expiry_of(entry.words, entry.header);
  if (expiry != 0) info.ttl_ms = static_cast<int64_t>(expiry) - static_cast<int64_t>(plane.reader.now());
  if (ring::EntryHeader::Idle::get(entry.header) != 0) info.idle_ms = static_cast<int64_t>(ring::idle_of(entry.words));
  if (ring::EntryHeader::Tagged::get(entry.header) != 0)
    info.tag = static_cast<int64_t>(ring::tag_word_of(entry.words, entry.header) & 0xffffffff);
  return info;
}

}  // namespace

Status list_entries(const Inspector& inspector, std::string_view cache, std::string_view prefix,
                    const std::function<bool(const EntryInfo&)>& visit) {
  const Result<uint32_t> number = inspector.impl().find_cache(cache);
  if (!number) return number.error();
  const policy::Plane& plane = inspector.impl().planes[*number];
  bool more = true;
  for_each_live(plane, 1, [&](uint32_t bucket, uint32_t slot, uint64_t word) {
    ring::EntryAt entry;
    if (!more || !plane.reader.parse(static_cast<uint32_t>(SlotWord::Position::get(word)), entry)) return;
    if (plane.reader.standing(entry) != ring::Standing::live || entry.shape.key_size < prefix.size()) return;
    std::string key(entry.shape.key_size, 0);
    base::copy_out(key.data(), entry.key(), key.size());
    const EntryInfo info = describe(plane, entry, word, std::move(key));
    const uint64_t after = plane.index.bucket(bucket).slots[slot].load_acquire();
    if (SlotWord::identity(after) == SlotWord::identity(word) && info.key.starts_with(prefix)) more = visit(info);
  });
  return Done{};
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
    std::string value(live ? sought.entry.shape.value_size : 0, 0);
    base::copy_out(value.data(), sought.entry.value(), value.size());
    if (live && info != nullptr) *info = describe(plane, sought.entry, found.word, std::string(key));
    if (!cache::unchanged(found)) continue;
    if (!live) break;
    return value;
  }
  return base::fail(Code::not_found, "no such key in cache {}", cache);
}

}  // namespace larder::observe
