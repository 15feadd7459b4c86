// mail_test.h – the fixture of the mail tests: a store in memory, and both clocks in the test's hands.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "backend/map_store.h"
#include "larder/mail/clock.h"
#include "larder/store.h"

namespace larder {

/// How gtest prints answers.
inline void PrintTo(StoreStatus status, std::ostream* out) { *out << to_string(status); }

}  // namespace larder

namespace larder::mail {

/// A map that can be told not to answer, and that knows workers the test makes up.
class TestStore final : public backend::MapStore {
 public:
  using MapStore::MapStore;

  std::atomic<bool> down{false};    ///< every operation answers unavailable
  std::atomic<uint64_t> worker{0};  ///< who the caller is; 0: no worker
  std::set<uint64_t> dead;
  bool workers_known = false;

  bool knows_workers() const override { return workers_known; }
  uint64_t worker_identity() override { return worker; }
  bool worker_alive(uint64_t identity) override { return dead.count(identity) == 0; }

  VersionAnswer key_set(std::string_view k, std::string_view v, Ttl t) override {
    return down ? VersionAnswer{kDown, 0} : MapStore::key_set(k, v, t);
  }
  StoreStatus key_get(std::string_view k, std::string& out) override {
    return down ? kDown : MapStore::key_get(k, out);
  }
  StoreStatus fetch(std::string_view k, Record& out) override { return down ? kDown : MapStore::fetch(k, out); }
  StoreStatus key_exists(std::string_view k) override { return down ? kDown : MapStore::key_exists(k); }
  StoreStatus key_delete(std::string_view k) override { return down ? kDown : MapStore::key_delete(k); }
  StoreStatus key_delete_prefix(std::string_view p, uint64_t& removed) override {
    return down ? kDown : MapStore::key_delete_prefix(p, removed);
  }
  VersionAnswer add(std::string_view k, std::string_view v, Ttl t) override {
    return down ? VersionAnswer{kDown, 0} : MapStore::add(k, v, t);
  }
  StoreStatus take(std::string_view k, std::string& out) override { return down ? kDown : MapStore::take(k, out); }
  VersionAnswer swap(std::string_view k, uint64_t version, std::string_view v, Ttl t) override {
    return down ? VersionAnswer{kDown, 0} : MapStore::swap(k, version, v, t);
  }
  StoreStatus remove_version(std::string_view k, uint64_t version) override {
    return down ? kDown : MapStore::remove_version(k, version);
  }
  StoreStatus touch_version(std::string_view k, uint64_t version, Ttl t) override {
    return down ? kDown : MapStore::touch_version(k, version, t);
  }
  CounterAnswer counter_incr(std::string_view k, int64_t delta, Ttl t, CounterTtl when) override {
    return down ? CounterAnswer{kDown, 0} : MapStore::counter_incr(k, delta, t, when);
  }
  CounterAnswer counter_get(std::string_view k) override {
    return down ? CounterAnswer{kDown, 0} : MapStore::counter_get(k);
  }
  StoreStatus touch(std::string_view k, milliseconds t) override { return down ? kDown : MapStore::touch(k, t); }
  ScanPage scan(std::string_view p, uint64_t cursor, size_t limit) override {
    return down ? ScanPage{kDown, {}, 0} : MapStore::scan(p, cursor, limit);
  }

 private:
  static constexpr StoreStatus kDown = StoreStatus::unavailable;
};

class MailTest : public ::testing::Test {
 protected:
  static constexpr int64_t kEpoch = 1'700'000'000'000;  ///< the wall clock's first moment
  static constexpr milliseconds kHour{3'600'000};
  static constexpr milliseconds kDay{86'400'000};

  /// Both clocks go on.
  void pass(milliseconds time) {
    wall_ += time.count();
    now_ += time.count();
  }
  WallClock clock() {
    return [this] { return wall_.load(); };
  }
  /// Keys of live records.
  std::vector<std::string> keys(std::string_view prefix = {}) {
    std::vector<std::string> found;
    for (const ScanItem& item : store_.scan(prefix, 0, 1000).items) found.push_back(item.key);
    return found;
  }
  /// Time left of a record.
  std::optional<milliseconds> ttl(std::string_view key) { return store_.ttl(key).ttl; }

  /// Runs body(0..3) at once.
  template <class Body>
  static void at_once(const Body& body) {
    std::atomic<bool> go{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        while (!go) std::this_thread::yield();
        body(i);
      });
    }
    go = true;
    for (std::thread& thread : threads) thread.join();
  }

  std::atomic<int64_t> wall_{kEpoch};
  std::atomic<int64_t> now_{5'000};
  TestStore store_{backend::MapStoreOptions{.clock = [this] { return now_.load(); }}};
};

/// Bytes from numbers, for keys and values spelled out.
inline std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

}  // namespace larder::mail
