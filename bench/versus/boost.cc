// boost.cc – what one would build from boost::interprocess in an afternoon: a map, a list, a mutex (micro/baseline.h).
#include "micro/baseline.h"
#include "versus/drive.h"

namespace larder::bench::versus {
namespace {

struct Handle {
  Baseline* cache;

  bool get(std::string_view key, std::span<std::byte> out) { return cache->get(key, out) != Baseline::kMiss; }
  bool put(std::string_view key, std::string_view value) {
    cache->put(key, value);
    return true;
  }
};

class Host {
 public:
  explicit Host(const DataSet& data) : entries_(data.kept()), cache_(data.kept(), data.value_bytes) {
    fill(data, "boost", [&](auto key, auto value) { return Handle{&cache_}.put(key, value); });
  }
  Handle open() const { return {&cache_}; }
  std::optional<Memory> memory() const { return Memory{cache_.used_bytes(), entries_}; }

 private:
  uint64_t entries_;
  mutable Baseline cache_;  ///< in memory that all workers share and may write
};

}  // namespace

std::unique_ptr<Contestant> start_boost(const Setting& setting) {
  return forked(std::make_unique<Host>(setting.data), setting);
}

}  // namespace larder::bench::versus
