// larder.cc – a cache of a segment, through the public API; nothing runs beside the workers (no larderd).
#include <fmt/format.h>

#include "larder/segment.h"
#include "versus/drive.h"

namespace larder::bench::versus {
namespace {

constexpr const char* kName = "versus";

template <class T>
T value_of(Result<T> result) {
  if (!result) fail(fmt::format("{} {}", result.error().message, result.error().hint).c_str(), "larder");
  return std::move(*result);
}

struct Handle {
  Cache cache;

  bool get(std::string_view key, std::span<std::byte> out) { return bool(cache.get(key, out)); }
  bool put(std::string_view key, std::string_view value) { return cache.put(key, value) == PutResult::stored; }
  uint32_t get_many(const Batch& keys, std::span<std::byte> out) {
    std::array<Fetch, kBatch> requests;
    const size_t stride = out.size() / kBatch;
    for (size_t k = 0; k < kBatch; ++k) requests[k] = Fetch{keys[k], out.subspan(k * stride, stride), {}};
    cache.get_many(requests);
    uint32_t hits = 0;
    for (size_t k = 0; k < kBatch; ++k) hits |= uint32_t{bool(requests[k].answer)} << k;
    return hits;
  }
};

class Host {
 public:
  explicit Host(const Setting& setting)
      : data_(setting.data), directory_(setting.directory), segment_(value_of(Segment::create(options(), "bench"))) {
    Cache cache = value_of(segment_.cache(kName));
    fill(data_, "larder", [&](auto key, auto value) { return cache.put(key, value) == PutResult::stored; });
  }

  Handle open() const {
    return {value_of(value_of(Segment::attach(kName, {.directory = directory_, .kind = "bench"})).cache(kName))};
  }

  /// Only of a full cache, for the whole segment: one with room to spare says nothing about an entry.
  std::optional<Memory> memory() const {
    if (!data_.evicting) return std::nullopt;
    const Cache cache = value_of(segment_.cache(kName));
    Memory memory{segment_.bytes(), 0};
    Key key;
    for (uint32_t id = 0; id < data_.keys; ++id) memory.entries += cache.contains(key.form(id));
    return memory;
  }

 private:
  /// Page memory is payload, a header of 8 bytes and on average 4 of alignment. What is to stay gets half as much
  /// again, for what replaced entries leave behind.
  SegmentOptions options() const {
    CacheOptions cache;
    cache.name = kName;
    cache.expected_entry = uint32_t(data_.payload());
    cache.size = uint64_t((data_.payload() + 12) * double(data_.kept()) * (data_.evicting ? 1 : 1.5));
    SegmentOptions options;
    options.name = kName;
    options.directory = directory_;
    options.caches = {cache};
    return options;
  }

  DataSet data_;
  std::string directory_;
  Segment segment_;
};

}  // namespace

std::unique_ptr<Contestant> start_larder(const Setting& setting) {
  return forked(std::make_unique<Host>(setting), setting);
}

}  // namespace larder::bench::versus
