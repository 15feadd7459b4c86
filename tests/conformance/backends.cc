// backends.cc – the list of backends under test.
#include "conformance/backends.h"

#include <thread>

#include "backend/map_store.h"
#include "conformance/contract.h"

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

}  // namespace

void Bench::pass(milliseconds time) { std::this_thread::sleep_for(time + kMargin); }

std::unique_ptr<Bench> make_map_bench(const Wish& wish) { return std::make_unique<MapBench>(wish.bytes); }

std::vector<Backend> writable_backends() {
  return {
      {"map", make_map_bench},
  };
}

INSTANTIATE_TEST_SUITE_P(Backends, Contract, ::testing::ValuesIn(writable_backends()), name_of);

}  // namespace larder::test
