// protected_hit_test.cc – hits in steady state work on a segment that the process cannot write to at all.
//
// The story: keys are read until their reference counts are saturated; then the whole mapping is made read-only
// behind the engine's back. Every store to it would be a SIGSEGV; the handler counts it, lets it happen, and the
// mapping is protected again. What may remain is the flush of the worker's own counters, once in thousands of hits.
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "unit/api/api_test.h"

namespace larder::test {
namespace {

constexpr int kHits = 20'000;
constexpr int kFewestBetweenStores = 1000;

struct Range {
  void* begin;
  size_t size;
};
std::vector<Range> g_ranges;
volatile sig_atomic_t g_stores = 0;

void protect(int protection) {
  for (const Range& range : g_ranges) mprotect(range.begin, range.size, protection);
}

void on_store(int, siginfo_t* info, void*) {
  const char* at = static_cast<const char*>(info->si_addr);
  const bool ours = std::any_of(g_ranges.begin(), g_ranges.end(), [at](const Range& range) {
    return at >= static_cast<char*>(range.begin) && at < static_cast<char*>(range.begin) + range.size;
  });
  if (!ours) signal(SIGSEGV, SIG_DFL);  // a real crash: happen again, for real
  g_stores = g_stores + 1;
  protect(PROT_READ | PROT_WRITE);
}

/// Where this process has mapped the file.
std::vector<Range> ranges_of(const std::string& path) {
  std::vector<Range> ranges;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(path) == std::string::npos) continue;
    uintptr_t begin = 0;
    uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR, &begin, &end) != 2) continue;
    ranges.push_back({reinterpret_cast<void*>(begin), end - begin});
  }
  return ranges;
}

using ProtectedHit = ApiTest;

TEST_F(ProtectedHit, StoresOnlyItsCountersOnceInThousands) {
  for (uint64_t i = 0; i < 100; ++i) {
    ASSERT_EQ(cache_.put(key_name("k", i), "value", {.ttl = std::chrono::hours(1)}), PutResult::stored);
  }
  const Ending ending = in_child([this] {
    std::string out;
    uint64_t hits = 0;
    for (uint64_t i = 0; i < 2000; ++i) hits += cache_.get(key_name("k", i % 100), out) ? 1 : 0;
    EXPECT_EQ(hits, 2000u);
    struct sigaction action {};
    action.sa_sigaction = &on_store;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGSEGV, &action, nullptr);
    g_ranges = ranges_of(segment_.path());
    EXPECT_FALSE(g_ranges.empty());
    std::vector<std::string> keys;
    for (uint64_t i = 0; i < 100; ++i) keys.push_back(key_name("k", i));
    int since_store = 0;
    int longest = 0;
    int stores = 0;
    protect(PROT_READ);
    for (int i = 0; i < kHits; ++i) {
      const sig_atomic_t before = g_stores;
      if (!cache_.get(keys[static_cast<size_t>(i) % 100], out)) return 1;
      ++since_store;
      if (g_stores == before) continue;
      ++stores;
      longest = std::max(longest, since_store);
      since_store = 0;
      protect(PROT_READ);
    }
    longest = std::max(longest, since_store);
    protect(PROT_READ | PROT_WRITE);
    std::printf("[   HIT    ] %d protected hits: %d of them stored (counters), at most %d hits between two\n", kHits,
                stores, longest);
    EXPECT_LE(stores, kHits / kFewestBetweenStores);
    EXPECT_GE(longest, kFewestBetweenStores);
    return 0;
  });
  EXPECT_TRUE(ending.ok()) << ending.text();
}

}  // namespace
}  // namespace larder::test
