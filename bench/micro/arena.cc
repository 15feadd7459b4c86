// arena.cc – see arena.h.
#include "micro/arena.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "support/workload.h"

namespace larder::bench {
namespace {

constexpr uint32_t kKeptShare = 10;  ///< an evicting cache holds one key in this many

[[noreturn]] void give_up(const Error& error) {
  fmt::print(stderr, "bench: {} {}\n", error.message, error.hint);
  std::exit(1);
}

/// Page memory for this many entries: 8 bytes of header and on average 4 of alignment each.
uint64_t page_memory(const DataSet& data, uint64_t entries) {
  return entries * uint64_t(kMeanKeyLength + 12 + data.value_bytes);
}

}  // namespace

Arena::Arena(const DataSet& data) : data_(data), name_(fmt::format("bench.{}", getpid())) {
  const uint64_t kept = data.evicting ? data.keys / kKeptShare : data.keys;
  create_segment();
  if (!data.evicting) floor_ = std::make_unique<Floor>(data.keys, data.value_bytes);
  baseline_ = std::make_unique<Baseline>(kept, data.value_bytes);
  fill();
}

Arena::~Arena() {
  if (const Status removed = segment_->retire(); !removed) {
    fmt::print(stderr, "bench: {} {}\n", removed.error().message, removed.error().hint);
  }
}

void Arena::create_segment() {
  CacheOptions cache;
  cache.name = kCacheName;
  cache.expected_entry = uint32_t(kMeanKeyLength) + data_.value_bytes;
  const uint64_t whole = page_memory(data_, data_.keys);
  cache.size = data_.evicting ? page_memory(data_, data_.keys / kKeptShare) : whole + whole / 2;
  SegmentOptions options;
  options.name = name_;
  options.caches = {cache};
  Result<Segment> created = Segment::create(options, "bench");
  if (!created) give_up(created.error());
  leftover_ = std::make_unique<Leftover>(created->path());
  segment_ = std::make_unique<Segment>(std::move(*created));
}

void Arena::fill() {
  const Cache cache = attach_cache(*this);
  Key key;
  std::string value(data_.value_bytes, 'v');
  for (uint32_t id = 0; id < data_.keys; ++id) {
    stamp(value, id);
    const std::string_view name = key.form(id);
    if (const PutResult put = cache.put(name, value); put != PutResult::stored) {
      fmt::print(stderr, "bench: filling the segment: put of key {} was answered {}\n", id, to_string(put));
      std::exit(1);
    }
    if (floor_) floor_->insert(name, value);
    baseline_->put(name, value);
  }
}

Cache attach_cache(const Arena& arena) {
  const AttachOptions options{.directory = {}, .kind = "bench"};
  const Result<Segment> segment = Segment::attach(arena.segment_name(), options);
  if (!segment) give_up(segment.error());
  const Result<Cache> cache = segment->cache(kCacheName);
  if (!cache) give_up(cache.error());
  return *cache;
}

}  // namespace larder::bench
