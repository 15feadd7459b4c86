// floor.cc – the least a hash cache must do (micro/floor.h), and the C++ loop alone.
//
// The floor's put overwrites in place and protects nobody; it cannot evict and takes no part there.
#include "micro/floor.h"

#include "versus/drive.h"

namespace larder::bench::versus {
namespace {

struct Handle {
  Floor* floor;

  bool get(std::string_view key, std::span<std::byte> out) { return floor->get(key, out) != Floor::kMiss; }
  bool put(std::string_view key, std::string_view value) { return floor->put(key, value); }
  uint32_t get_many(const Batch& keys, std::span<std::byte> out) {
    return floor->get_many(keys, out.data(), out.size() / kBatch);
  }
};

class Host {
 public:
  explicit Host(const DataSet& data) : entries_(data.keys), floor_(data.keys, data.value_bytes) {
    fill(data, "floor", [&](auto key, auto value) { return floor_.insert(key, value); });
  }
  Handle open() const { return {&floor_}; }
  std::optional<Memory> memory() const { return Memory{floor_.used_bytes(), entries_}; }

 private:
  uint64_t entries_;
  mutable Floor floor_;  ///< in memory that all workers share and may write
};

struct Nothing {
  bool get(std::string_view key, std::span<std::byte> out) { return pass(key, out.data()); }
  bool put(std::string_view key, std::string_view value) { return pass(key, value.data()); }

 private:
  /// The compiler must believe that key and value are used.
  static bool pass(std::string_view key, const void* value) {
    asm volatile("" : : "r"(key.data()), "r"(value) : "memory");
    return false;
  }
};

struct NoHost {
  Nothing open() const { return {}; }
  std::optional<Memory> memory() const { return std::nullopt; }
};

}  // namespace

std::unique_ptr<Contestant> start_floor(const Setting& setting) {
  return forked(std::make_unique<Host>(setting.data), setting);
}

std::unique_ptr<Contestant> start_driver(const Setting& setting) { return forked(std::make_unique<NoHost>(), setting); }

}  // namespace larder::bench::versus
