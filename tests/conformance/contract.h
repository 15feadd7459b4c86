// contract.h – the fixture of the store's contract: one fresh store of the backend under test.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "conformance/backends.h"
#include "larder/store.h"
#include "support/values.h"

namespace larder {

/// How gtest prints answers.
inline void PrintTo(StoreStatus status, std::ostream* out) { *out << to_string(status); }

}  // namespace larder

namespace larder::test {

/// Long enough to be alive at the end of any test, however slow the machine.
constexpr milliseconds kLong{3'600'000};
/// Short enough to wait for, long enough for a few calls in between.
constexpr milliseconds kShort{120};

/// What a test's name ends with.
inline std::string name_of(const ::testing::TestParamInfo<Backend>& backend) { return backend.param.name; }

class Contract : public ::testing::TestWithParam<Backend> {
 protected:
  void SetUp() override { renew({}); }

  /// A fresh store of other qualities; skips the test if the backend has none.
  void renew(const Wish& wish) {
    bench_ = GetParam().make(wish);
    if (bench_ == nullptr) GTEST_SKIP() << GetParam().name << " cannot be made so";
  }
  Store& store() { return bench_->store(); }

  /// The value, or the status's name in angle brackets.
  std::string get(std::string_view key) {
    std::string out;
    const StoreStatus status = store().key_get(key, out);
    return status == StoreStatus::ok ? out : std::string("<") + to_string(status) + ">";
  }
  /// The version of a live value, 0 if there is none.
  uint64_t version(std::string_view key) {
    Record record;
    return store().fetch(key, record) == StoreStatus::ok ? record.version : 0;
  }
  /// Everything a complete scan delivers, by key; `times` counts deliveries.
  std::map<std::string, Record> scan_all(std::string_view prefix, size_t limit,
                                         std::map<std::string, int>* times = nullptr);

  std::unique_ptr<Bench> bench_;
};

constexpr int kThreads = 4;

/// Runs body(0..kThreads-1) at once and waits for all.
template <class Body>
void at_once(const Body& body) {
  std::atomic<bool> go{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      while (!go) std::this_thread::yield();
      body(i);
    });
  }
  go = true;
  for (std::thread& thread : threads) thread.join();
}

}  // namespace larder::test
