// mini_cache_test.cc – the simulator beside a model that is written as the rules are told: lists, searched from end to
// end.
#include "tune/mini_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>

#include "policy/balance.h"
#include "policy/price.h"

namespace larder::tune {
namespace {

/// Entries of equal weight, so that prices are one and every list is a queue of keys.
class Model {
 public:
  Model(const PolicySetting& setting, size_t room) : setting_(setting), room_(room), share_(setting.cold) {}

  bool access(uint32_t key) {
    for (auto* ring : {&cold_, &hot_})
      for (Entry& entry : *ring)
        if (entry.key == key) {
          entry.references = std::min(entry.references + 1, setting_.cap);
          return true;
        }
    const bool returning = comes_back(key);
    if (returning && wins()) {
      hot_.push_back({key});
    } else {
      cold_.push_back({key});
    }
    while (cold_.size() + hot_.size() > room_) step();
    return false;
  }

 private:
  struct Entry {
    uint32_t key;
    uint32_t references = 0;
  };
  struct Ghost {
    uint32_t key;
    size_t dropped_at;
  };

  double share() const { return setting_.adapt ? share_ : setting_.cold; }
  bool room_in_hot() const { return double(hot_.size() + 1) <= (1 - share()) * double(room_); }

  bool comes_back(uint32_t key) {
    const auto is_key = [key](const Ghost& ghost) { return ghost.key == key; };
    bool admitted = false;
    if (const auto it = std::find_if(cold_ghosts_.begin(), cold_ghosts_.end(), is_key); it != cold_ghosts_.end()) {
      move_share(cold_dropped_ - it->dropped_at, +1);
      cold_ghosts_.erase(it);
      admitted = true;
    }
    if (const auto it = std::find_if(hot_ghosts_.begin(), hot_ghosts_.end(), is_key); it != hot_ghosts_.end()) {
      move_share(hot_dropped_ - it->dropped_at, -1);
      hot_ghosts_.erase(it);
      admitted = setting_.demote;
    }
    return admitted;
  }
  void move_share(size_t age, int direction) {
    if (!setting_.adapt || double(age) / double(room_) > policy::kRecent) return;
    share_ = std::clamp(share_ + direction * policy::ColdShare::kGain / double(room_), policy::ColdShare::kLeast,
                        policy::ColdShare::kMost);
  }
  bool wins() {
    if (!setting_.challenge || room_in_hot() || hot_.empty()) return true;
    Entry next = hot_.front();
    if (next.references == 0) return true;
    hot_.pop_front();
    --next.references;
    hot_.push_back(next);
    return false;
  }
  void step() {
    if (!cold_.empty() && (double(cold_.size()) > share() * double(room_) || hot_.empty())) {
      const Entry entry = cold_.front();
      cold_.pop_front();
      if (entry.references >= setting_.promote || room_in_hot()) {
        hot_.push_back({entry.key});
      } else {
        cold_ghosts_.push_back({entry.key, ++cold_dropped_});
        while (double(cold_ghosts_.size()) > setting_.ghosts * double(room_)) cold_ghosts_.pop_front();
      }
      return;
    }
    Entry entry = hot_.front();
    hot_.pop_front();
    if (entry.references > 0) {
      --entry.references;
      hot_.push_back(entry);
      return;
    }
    ++hot_dropped_;
    if (!setting_.demote && !setting_.adapt) return;
    hot_ghosts_.push_back({entry.key, hot_dropped_});
    const double remembered = setting_.demote ? setting_.ghosts : policy::kRecent;
    while (double(hot_ghosts_.size()) > remembered * double(room_)) hot_ghosts_.pop_front();
  }

  PolicySetting setting_;
  size_t room_;
  double share_;
  size_t cold_dropped_ = 0, hot_dropped_ = 0;
  std::deque<Entry> cold_, hot_;
  std::deque<Ghost> cold_ghosts_, hot_ghosts_;
};

/// Few keys often, many seldom, and now and then a scan.
std::vector<uint32_t> mixed_requests(size_t count, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint32_t> keys;
  uint32_t scan = 100'000;
  while (keys.size() < count) {
    const uint32_t range = uint32_t{1} << (random() % 11 + 1);
    keys.push_back(static_cast<uint32_t>(random() % range));
    if (random() % 500 == 0)
      for (int i = 0; i < 60; ++i) keys.push_back(scan + static_cast<uint32_t>(random() % 4000));
  }
  return keys;
}

TEST(MiniCache, AnswersEveryRequestAsTheNaiveModelDoes) {
  constexpr uint64_t kWeight = 1;
  uint64_t seed = 0;
  for (const bool adapt : {false, true})
    for (const bool challenge : {false, true})
      for (const bool demote : {false, true})
        for (const uint32_t promote : {1u, 2u}) {
          const PolicySetting setting{.cold = 0.1,
                                      .promote = promote,
                                      .ghosts = demote ? 0.5 : 2,
                                      .demote = demote,
                                      .challenge = challenge,
                                      .adapt = adapt};
          for (const size_t room : {20, 150}) {
            Model model(setting, room);
            MiniCache cache(setting, room * kWeight);
            const auto keys = mixed_requests(4000, ++seed);
            for (size_t i = 0; i < keys.size(); ++i)
              ASSERT_EQ(cache.access(keys[i], kWeight), model.access(keys[i]))
                  << "request " << i << " adapt " << adapt << " challenge " << challenge << " demote " << demote
                  << " promote " << promote << " room " << room;
          }
        }
}

TEST(MiniCache, NeverHoldsMoreThanItsBudget) {
  std::mt19937_64 random(7);
  MiniCache cache(PolicySetting{}, 100'000);
  for (int i = 0; i < 50'000; ++i) {
    const auto key = static_cast<uint32_t>(random() % 3000);
    cache.access(key, 8 + random() % (key % 7 == 0 ? 30'000 : 500));
    ASSERT_LE(cache.weight(), cache.budget());
    if (i % 10 == 0) cache.remove(static_cast<uint32_t>(random() % 3000));
  }
}

TEST(MiniCache, ForgetsWhatHasExpired) {
  MiniCache cache(PolicySetting{}, 1000);
  cache.store(1, 100, 50);
  EXPECT_TRUE(cache.look(1, 49));
  EXPECT_FALSE(cache.look(1, 50));
  EXPECT_EQ(cache.weight(), 0u);
}

TEST(MiniCache, KeepsLightEntriesLongerThanHeavyOnes) {
  PolicySetting by_size, blind;
  blind.by_size = false;
  for (const PolicySetting& setting : {by_size, blind}) {
    std::mt19937_64 random(3);
    MiniCache cache(setting, 400'000);
    uint64_t hits = 0;
    for (int i = 0; i < 200'000; ++i) {
      const auto key = static_cast<uint32_t>(random() % 4000);
      hits += cache.access(key, key % 2 == 0 ? 50 : 1000);
    }
    if (setting.by_size) {
      EXPECT_GT(hits, 100'000u);
    } else {
      EXPECT_LT(hits, 60'000u);
    }
  }
}

}  // namespace
}  // namespace larder::tune
