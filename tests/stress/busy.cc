#include "stress/busy.h"

#include <fmt/format.h>

#include <array>

#include "base/copy.h"
#include "support/segments.h"

namespace larder::test {

using std::chrono::seconds;

namespace {

constexpr size_t kLongest = 30'000;  ///< of several pages in every cache

/// Fills the value in place.
PutResult build(const Cache& cache, const std::string& key, const std::string& value, const PutOptions& options) {
  Builder builder = cache.reserve(key, value.size(), options);
  if (!builder) return builder.refusal();
  base::copy_in(builder.bytes().data(), value.data(), value.size());  // late readers of what was there may still look
  return builder.commit();
}

}  // namespace

std::vector<CacheOptions> busy_caches() {
  std::vector<CacheOptions> caches{cache_options("tiny", 8 << 10, 512), cache_options("small", 256 << 10, 0, 512),
                                   cache_options("roomy", 8 << 20, 0, 512)};
  for (CacheOptions& cache : caches) cache.max_size = cache.size * 2;
  return caches;
}

Busy::Busy(const Segment& segment, uint64_t seed) : random_(seed) {
  const std::array<std::pair<const char*, uint64_t>, 3> wanted = {{{"tiny", 100}, {"small", 2000}, {"roomy", 8000}}};
  for (const auto& [name, keys] : wanted) {
    const Cache cache = open_cache(segment, name);
    fields_.push_back({cache, keys, std::min<size_t>(kLongest, cache.max_value(16))});
  }
}

bool Busy::complain(std::string text) {
  complaint_ = std::move(text);
  return false;
}

/// Half of all choices fall on a thirtieth of the keys.
std::string Busy::pick_key(const Field& field) {
  const uint64_t range = random_.below(2) == 0 ? std::max<uint64_t>(4, field.keys / 30) : field.keys;
  return key_name("busy", random_.below(range));
}

bool Busy::step() {
  const Field& field = fields_[random_.below(fields_.size())];
  const std::string key = pick_key(field);
  const uint64_t choice = random_.below(1000);
  if (choice < 400) return read(field, key);
  if (choice < 450) return look(field, key);
  if (choice < 550) return hold(field, key);
  if (choice < 900) return write(field, key);
  if (choice < 950) return many(field);
  return upkeep(field, key);
}

bool Busy::read(const Field& field, const std::string& key) {
  const Lookup found = field.cache.get(key, buffer_);
  if (found.kind == Lookup::detached) return complain("get is answered detached");
  if (found && !version_of(key, buffer_)) {
    return complain(
        fmt::format("{} {}: a value of {} bytes that nobody put there", field.cache.name(), key, buffer_.size()));
  }
  return true;
}

bool Busy::look(const Field& field, const std::string& key) {
  std::array<std::byte, 64> into{};
  const Lookup found = field.cache.get(key, into);
  const bool fits = found.size <= into.size();
  if ((found.kind == Lookup::hit && !fits) || (found.kind == Lookup::too_small && fits)) {
    return complain(fmt::format("a value of {} bytes into 64 is answered {}", found.size, int{found.kind}));
  }
  const std::string_view value(reinterpret_cast<const char*>(into.data()), found.size);
  if (found && !version_of(key, value)) return complain("a short value that nobody put under " + key);
  field.cache.contains(key);
  return true;
}

bool Busy::hold(const Field& field, const std::string& key) {
  if (held_.size() > random_.below(View::kMaxPins + 2)) {
    const Held oldest = std::move(held_.front());
    held_.pop_front();
    if (oldest.view.text() != oldest.copy) return complain("a value changed while it was viewed");
  }
  View view = field.cache.view(key);
  if (!view) return true;
  if (!version_of(key, view.text())) return complain("a view of a value that nobody put under " + key);
  std::string copy(view.text());
  held_.push_back({std::move(view), std::move(copy)});
  return true;
}

bool Busy::write(const Field& field, const std::string& key) {
  const size_t length = kMinProofBytes + random_.below(random_.below(8) == 0 ? field.longest - kMinProofBytes : 200);
  const std::string value = value_of(key, random_.next(), length);
  PutOptions options;
  if (random_.below(4) == 0) options.ttl = milliseconds(1 + random_.below(500));
  if (random_.below(8) == 0) options.idle = milliseconds(1 + random_.below(500));
  if (random_.below(4) == 0) options.tag = static_cast<uint32_t>(random_.below(50));
  const uint64_t choice = random_.below(10);
  const PutResult result = choice < 1   ? build(field.cache, key, value, options)
                           : choice < 6 ? field.cache.put(key, value, options)
                           : choice < 8 ? field.cache.add(key, value, options)
                                        : field.cache.replace(key, value, options);
  switch (result) {
    case PutResult::stored:
    case PutResult::exists:
    case PutResult::absent:
    case PutResult::too_large:  // with all options the header is longer than max_value() assumes
    case PutResult::no_room:    // stopped workers may pin all of a tiny cache
      return true;
    default: return complain(fmt::format("a put of {} bytes is answered {}", length, to_string(result)));
  }
}

bool Busy::many(const Field& field) {
  std::array<std::string, 8> keys;
  std::array<std::array<std::byte, 256>, 8> buffers;
  std::array<Fetch, 8> requests;
  for (size_t i = 0; i < keys.size(); ++i) {
    keys[i] = pick_key(field);
    requests[i] = {keys[i], buffers[i]};
  }
  size_t hits = 0;
  const size_t told = field.cache.get_many(requests);
  for (const Fetch& request : requests) {
    if (!request.answer) continue;
    ++hits;
    const std::string_view value(reinterpret_cast<const char*>(request.into.data()), request.answer.size);
    if (!version_of(request.key, value)) return complain(fmt::format("get_many: wrong value under {}", request.key));
  }
  return hits == told || complain(fmt::format("get_many says {} hits and answers {}", told, hits));
}

bool Busy::upkeep(const Field& field, const std::string& key) {
  const uint64_t choice = random_.below(100);
  if (choice < 50) {
    field.cache.remove(key);
  } else if (choice < 90) {
    field.cache.touch(key, milliseconds(1 + random_.below(1000)));
  } else if (choice < 98) {
    field.cache.remove_tag(static_cast<uint32_t>(random_.below(50)));
  } else if (choice < 99) {
    field.cache.clear();
  } else {
    return resize(field);
  }
  return true;
}

/// Anything from half to twice of what the cache began with.
bool Busy::resize(const Field& field) {
  const uint64_t most = field.cache.budget().most, least = most / 4;
  const Result<Budget> resized = field.cache.resize(least + random_.below(most - least + 1));
  if (resized || resized.error().code == Code::busy) return true;
  return complain(fmt::format("{} cannot be resized: {}", field.cache.name(), resized.error().message));
}

}  // namespace larder::test
