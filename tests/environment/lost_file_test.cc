// lost_file_test.cc – promise P17: somebody shortens the segment's file; those who have it mapped live on and are told.
//
// The story: an administrator's script truncates what it takes for a log. Touching the mapping is SIGBUS from then on.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "larder/view.h"
#include "support/process.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

class LostFile : public ::testing::Test {
 protected:
  LostFile() {
    SegmentOptions options = segment_options(directory_, {cache_options("main", 1 << 20)});
    options.stores.emplace_back();
    options.stores[0].size = 256 << 10;
    create_segment(options);
  }
  void shorten(off_t size = 4096) const { ASSERT_EQ(truncate((directory_ / kSegmentFile).c_str(), size), 0); }
  /// In a child, whose signal handlers are its own.
  void expect_survival(const std::function<void(const Segment&, const Cache&, Store&)>& body) const {
    const Ending ending = in_child([&] {
      const Segment segment = attach_segment(directory_.path());
      const Cache cache = open_cache(segment, "main");
      const auto store = std::move(*segment.store("memory"));
      for (unsigned i = 0; i < 500; ++i) {
        EXPECT_EQ(cache.put(key_name("k", i), std::string(200, 'v')), PutResult::stored);
        EXPECT_TRUE(store->key_set(key_name("k", i), "v"));
      }
      body(segment, cache, *store);
      return 0;
    });
    EXPECT_TRUE(ending.ok()) << ending.text();
  }

  TempDirectory directory_;
};

TEST_F(LostFile, ReadersMissAndWritersAreToldToAttachAgain) {
  for (const off_t size : {off_t{0}, off_t{4096}, off_t{40'960}}) {
    expect_survival([&](const Segment& segment, const Cache& cache, Store& store) {
      shorten(size);
      for (unsigned i = 0; i < 500; ++i) EXPECT_NE(cache.put(key_name("k", i), "new"), PutResult::invalid_key);
      EXPECT_EQ(cache.put("k", "v"), PutResult::retired);
      EXPECT_FALSE(value_in(cache, "k-0001"));
      std::string value;
      EXPECT_EQ(store.key_get("k-0001", value), StoreStatus::retired) << "a store does not say absent of what it lost";
      EXPECT_EQ(store.key_set("k-0001", "v").status, StoreStatus::retired);
      EXPECT_EQ(store.counter_incr("c", 1).status, StoreStatus::retired);
      EXPECT_TRUE(segment.retired());
      EXPECT_NE(segment.last_error().find("shortened"), std::string::npos) << segment.last_error();
      EXPECT_FALSE(Segment::attach("test", {.directory = directory_.path()}));
    });
    ASSERT_EQ(unlink((directory_ / kSegmentFile).c_str()), 0);
    SegmentOptions again = segment_options(directory_, {cache_options("main", 1 << 20)});
    again.stores.emplace_back();
    again.stores[0].size = 256 << 10;
    create_segment(again);
  }
}

TEST_F(LostFile, TheFirstReadOfAStoreDoesNotSayAbsent) {
  expect_survival([&](const Segment&, const Cache&, Store& store) {
    shorten();
    std::string value;
    EXPECT_EQ(store.key_get("k-0001", value), StoreStatus::retired);
    EXPECT_EQ(store.key_exists("k-0001"), StoreStatus::retired);
  });
}

TEST_F(LostFile, ViewsAndBuildersThatAreOpenCanBeEnded) {
  expect_survival([&](const Segment&, const Cache& cache, Store&) {
    View view = cache.view("k-0007");
    ASSERT_TRUE(view);
    Builder builder = cache.reserve("large", 100'000);
    ASSERT_TRUE(builder);
    shorten();
    char sum = 0;
    for (const std::byte byte : view.bytes()) sum = static_cast<char>(sum + static_cast<char>(byte));
    view.release();
    for (std::byte& byte : builder.bytes()) byte = std::byte{1};
    EXPECT_NE(builder.commit(), PutResult::stored);
  });
}

TEST_F(LostFile, ThreadsAtWorkLiveOn) {
  expect_survival([&](const Segment&, const Cache& cache, Store& store) {
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (uint64_t seed = 1; seed <= 4; ++seed) {
      threads.emplace_back([&, seed] {
        Random random(seed);
        std::string value;
        while (!stop) {
          const std::string key = key_name("k", random.below(500));
          (void)cache.get(key, value);
          (void)cache.put(key, std::string(random.below(300), 'v'));
          (void)store.key_set(key, "v");
          cache.remove(key_name("k", random.below(500)));
        }
      });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    shorten();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(cache.put("k", "v"), PutResult::retired);
  });
}

/// A page behind the end of a file of this process's own.
volatile char* page_behind_an_end(const TempDirectory& directory) {
  const int file = open((directory / "own").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  void* map = mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  return static_cast<volatile char*>(map);
}

TEST_F(LostFile, ABusErrorElsewhereGoesToTheHandlerThatWasThere) {
  const Ending ending = in_child([&] {
    signal(SIGBUS, [](int) { _exit(55); });
    const Segment segment = attach_segment(directory_.path());
    return static_cast<int>(*page_behind_an_end(directory_));
  });
  EXPECT_EQ(ending.code, 55) << ending.text();
}

TEST_F(LostFile, ABusErrorElsewhereEndsTheProcessIfThereWasNone) {
  const Ending ending = in_child([&] {
    signal(SIGBUS, SIG_DFL);
    const Segment segment = attach_segment(directory_.path());
    return static_cast<int>(*page_behind_an_end(directory_));
  });
  EXPECT_FALSE(ending.ok());
#ifndef LARDER_SANITIZED
  EXPECT_EQ(ending.signal, SIGBUS) << ending.text();
#endif
}

}  // namespace
}  // namespace larder::test
