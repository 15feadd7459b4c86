// backends.cc – the list of backends under test.
#include "conformance/backends.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "backend/map_store.h"
#include "conformance/contract.h"
#include "larder/segment.h"
#include "support/temp_directory.h"
#ifdef LARDER_TEST_CLOCK
#include "support/clock/clock.h"
#endif

namespace larder::test {
namespace {

constexpr milliseconds kMargin{60};  // beyond the granularity of any backend's clock

/// The reference, with a clock that the suite turns.
class MapBench final : public Bench {
 public:
  explicit MapBench(std::optional<uint64_t> bytes)
      : store_({.bytes = bytes, .clock = [this] { return now_.load(); }}) {}
  Store& store() override { return store_; }
  void pass(milliseconds time) override { now_ += time.count(); }
  bool exact() const override { return true; }

 private:
  std::atomic<int64_t> now_{1'000'000};
  backend::MapStore store_;
};

/// The store of a segment of its own; all keys durable or none. Where the test has a clock of its own, that stands
/// still but for what the suite lets pass.
class SharedBench final : public Bench {
 public:
  SharedBench(std::optional<uint64_t> bytes, bool durable) {
    SegmentOptions options;
    options.name = "contract";
    options.directory = directory_.path();
    StoreOptions store;
    if (bytes) store.size = std::max(*bytes, kMinStoreBytes);
    if (durable) {
      store.durable.resize(256);
      std::iota(store.durable.begin(), store.durable.end(), uint8_t{0});
    }
    options.stores.push_back(store);
    Result<Segment> segment = Segment::create(options);
    if (!segment) throw std::runtime_error(segment.error().message);
    Result<std::unique_ptr<Store>> opened = segment->store(store.name);
    if (!opened) throw std::runtime_error(opened.error().message);
    store_ = std::move(*opened);
  }
  Store& store() override { return *store_; }
#ifdef LARDER_TEST_CLOCK
  void pass(milliseconds time) override { advance_clock(time); }
  bool exact() const override { return true; }

 private:
  [[maybe_unused]] const bool stopped_ = (stop_clock(), true);  // before the segment is made
#endif

 private:
  TempDirectory directory_;
  std::unique_ptr<Store> store_;
};

std::unique_ptr<Bench> make_shared_bench(const Wish& wish) { return std::make_unique<SharedBench>(wish.bytes, false); }
std::unique_ptr<Bench> make_durable_bench(const Wish& wish) { return std::make_unique<SharedBench>(wish.bytes, true); }

}  // namespace

void Bench::pass(milliseconds time) { std::this_thread::sleep_for(time + kMargin); }

std::unique_ptr<Bench> make_map_bench(const Wish& wish) { return std::make_unique<MapBench>(wish.bytes); }

std::vector<Backend> writable_backends() {
  return {
      {"map", make_map_bench},
      {"shared", make_shared_bench},
      {"shared_durable", make_durable_bench},
  };
}

INSTANTIATE_TEST_SUITE_P(Backends, Contract, ::testing::ValuesIn(writable_backends()), name_of);

}  // namespace larder::test
