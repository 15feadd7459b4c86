// api_test.h – the fixture of the API tests: a real segment of one cache, attached.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "support/process.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {

class ApiTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kBudget = 1 << 20;

  ApiTest()
      : segment_(create_segment(segment_options(directory_, {cache_options("main", kBudget)}))),
        cache_(open_cache(segment_, "main")) {}

  /// A second, independent attachment's handle to the cache.
  Cache elsewhere() const { return open_cache(attach_segment(directory_.path(), "other"), "main"); }
  /// Figures after this attachment has gone, so that its counters are in.
  CacheFigures final_figures() {
    cache_ = Cache(nullptr);
    segment_ = Segment(nullptr);
    return cache_figures(directory_.path(), "main");
  }

  TempDirectory directory_;
  Segment segment_;
  Cache cache_;
};

/// A segment that must not come to be, with the code and a word of the message it is refused with.
inline void expect_refused(const Result<Segment>& result, Code code, const std::string& word) {
  ASSERT_FALSE(result) << "accepted, but should have been refused with " << to_string(code);
  EXPECT_EQ(result.error().code, code) << to_string(result.error().code) << ": " << result.error().message;
  EXPECT_NE(result.error().message.find(word), std::string::npos)
      << "'" << word << "' is not in: " << result.error().message;
}

}  // namespace larder::test
