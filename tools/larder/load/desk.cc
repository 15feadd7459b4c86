// desk.cc – cache calls of a mail worker, each counted and each hit checked.
#include "load/desk.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>

#include "common/text.h"
#include "load/random.h"
#include "load/values.h"

namespace larder::tools {

namespace {

constexpr size_t kBatch = 8;         ///< keys of one get_many
constexpr size_t kBatchValue = 512;  ///< bytes of its buffers; enough for what the workload asks in batches
constexpr uint64_t kWrongShown = 5;  ///< wrong values described one by one

}  // namespace

void Tally::add(const Tally& other) {
  operations += other.operations;
  hits += other.hits;
  misses += other.misses;
  puts += other.puts;
  removes += other.removes;
  touches += other.touches;
  refused += other.refused;
  wrong += other.wrong;
}

Result<Desk> Desk::open(const std::string& segment, const std::string& directory, const std::string& kind) {
  auto attached = Segment::attach(segment, {.directory = directory, .kind = kind});
  if (!attached) return attached.error();
  std::vector<Cache> caches;
  for (size_t i = 0; i < kPlaceCount; ++i) {
    auto cache = attached->cache(info_of(static_cast<Place>(i)).name);
    if (!cache) return cache.error();
    caches.push_back(*cache);
  }
  return Desk(*attached, std::move(caches));
}

uint64_t Desk::seed_of(Place place, std::string_view key) { return mix_bytes(key, static_cast<uint64_t>(place) + 1); }

std::string Desk::why_lost() const { return segment_.retired() ? "the segment was retired" : segment_.last_error(); }

uint32_t Desk::judge(Place place, std::string_view key, const Lookup& answer, std::string_view value) {
  ++tally_.operations;
  if (answer.kind == Lookup::detached) lost_ = true;
  if (answer.kind != Lookup::hit) {
    ++tally_.misses;
    return 0;
  }
  ++tally_.hits;
  const ValueCheck check = check_value(value, seed_of(place, key));
  if (!check.intact && ++tally_.wrong <= kWrongShown) {
    fmt::print(stderr, "larder: cache {}: key \"{}\": wrong value of {} bytes (says revision {}): {}\n",
               cache(place).name(), escape(key), value.size(), check.revision, escape(value.substr(0, 48)));
  }
  return check.revision;
}

const std::string& Desk::value_of(Place place, std::string_view key, uint32_t revision) {
  const uint64_t seed = seed_of(place, key);
  const uint32_t most = cache(place).max_value(key.size() + 16);  // room for ttl, idle and tag words
  fill_value(written_, seed, revision, value_size(place, seed, revision, most));
  return written_;
}

void Desk::count(PutResult result) {
  ++tally_.operations;
  if (result == PutResult::stored) ++tally_.puts;
  if (result == PutResult::no_room || result == PutResult::too_large) ++tally_.refused;
  if (result == PutResult::retired || result == PutResult::detached || result == PutResult::read_only) lost_ = true;
}

void Desk::store(Place place, std::string_view key, uint32_t revision, std::optional<uint32_t> tag) {
  const PutOptions options{.ttl = value_ttl(place, seed_of(place, key)), .tag = tag};
  count(cache(place).put(key, value_of(place, key, revision), options));
}

bool Desk::look(Place place, std::string_view key) {
  const Lookup answer = cache(place).get(key, read_);
  judge(place, key, answer, read_);
  return bool(answer);
}

bool Desk::fetch(Place place, std::string_view key, std::optional<uint32_t> tag) {
  if (look(place, key)) return true;
  store(place, key, 1, tag);
  return false;
}

void Desk::fetch_many(Place place, std::span<const std::string> keys) {
  std::array<std::array<std::byte, kBatchValue>, kBatch> buffers;
  std::array<Fetch, kBatch> requests;
  const size_t count = std::min(keys.size(), kBatch);
  for (size_t i = 0; i < count; ++i) requests[i] = Fetch{keys[i], buffers[i], {}};
  cache(place).get_many(std::span(requests.data(), count));
  for (size_t i = 0; i < count; ++i) {
    const auto* value = reinterpret_cast<const char*>(buffers[i].data());
    const Lookup answer = requests[i].answer;
    judge(place, keys[i], answer, answer ? std::string_view(value, answer.size) : std::string_view());
    if (answer.kind == Lookup::miss) store(place, keys[i], 1, {});
  }
}

void Desk::read_in_place(Place place, std::string_view key) {
  View view = cache(place).view(key);
  const Lookup answer{view ? Lookup::hit : Lookup::miss, static_cast<uint32_t>(view.bytes().size())};
  judge(place, key, answer, view.text());
  if (view) return;
  store(place, key, 1, {});
}

void Desk::refresh(Place place, std::string_view key) {
  const Lookup answer = cache(place).get(key, read_);
  const uint32_t revision = judge(place, key, answer, read_) + 1;
  if (!answer) return store(place, key, revision, {});
  const PutOptions options{.ttl = value_ttl(place, seed_of(place, key))};
  const PutResult result = cache(place).replace(key, value_of(place, key, revision), options);
  count(result);
  if (result == PutResult::absent) store(place, key, revision, {});
}

void Desk::add(Place place, std::string_view key) {
  const PutOptions options{.ttl = value_ttl(place, seed_of(place, key))};
  count(cache(place).add(key, value_of(place, key, 1), options));
}

void Desk::remove(Place place, std::string_view key) {
  ++tally_.operations;
  if (cache(place).remove(key)) ++tally_.removes;
}

void Desk::remove_tag(Place place, uint32_t tag) {
  ++tally_.operations;
  if (cache(place).remove_tag(tag)) ++tally_.removes;
}

void Desk::touch(Place place, std::string_view key) {
  ++tally_.operations;
  if (cache(place).touch(key, value_ttl(place, seed_of(place, key)).value_or(milliseconds(3'600'000))))
    ++tally_.touches;
}

}  // namespace larder::tools
