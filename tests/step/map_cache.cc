#include "step/map_cache.h"

#include <cstring>

namespace larder::test {

Lookup MapCache::get(std::string_view key, std::string& out) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return {};
  out = found->second.value;
  return {Lookup::hit, static_cast<uint32_t>(out.size())};
}

Lookup MapCache::get(std::string_view key, std::span<std::byte> out) const {
  std::string value;
  Lookup found = get(key, value);
  if (found && value.size() > out.size()) found.kind = Lookup::too_small;
  if (found) std::memcpy(out.data(), value.data(), value.size());
  return found;
}

size_t MapCache::get_many(std::span<Fetch> requests) const {
  size_t hits = 0;
  for (Fetch& request : requests) {
    request.answer = get(request.key, request.into);
    hits += request.answer ? 1 : 0;
  }
  return hits;
}

View MapCache::view(std::string_view key) const {
  std::string value;
  if (!get(key, value)) return {};
  auto copy = std::make_unique<std::byte[]>(value.size());
  std::memcpy(copy.get(), value.data(), value.size());
  return {std::move(copy), value.size()};
}

PutResult MapCache::put(std::string_view key, std::string_view value, const PutOptions& options) {
  remove(key);
  if (value.size() > max_value(key.size())) return PutResult::too_large;
  if (!options.ttl || *options.ttl >= std::chrono::seconds(1))
    entries_.emplace(key, Entry{std::string(value), options.tag});
  return PutResult::stored;
}

PutResult MapCache::add(std::string_view key, std::string_view value, const PutOptions& options) {
  return contains(key) ? PutResult::exists : put(key, value, options);
}

PutResult MapCache::replace(std::string_view key, std::string_view value, const PutOptions& options) {
  return contains(key) ? put(key, value, options) : PutResult::absent;
}

bool MapCache::remove(std::string_view key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return false;
  entries_.erase(found);
  return true;
}

bool MapCache::touch(std::string_view key, milliseconds) { return contains(key); }

bool MapCache::remove_tag(uint32_t tag) {
  std::erase_if(entries_, [tag](const auto& entry) { return entry.second.tag == tag; });
  return true;
}

uint64_t MapCache::clear() {
  const uint64_t removed = entries_.size();
  entries_.clear();
  return removed;
}

Result<Budget> MapCache::resize(uint64_t bytes, milliseconds) {
  budget_ = bytes;
  return budget();
}

}  // namespace larder::test
