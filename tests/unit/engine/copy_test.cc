// copy_test.cc – copies and comparisons at every small size and alignment.
#include "base/copy.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace larder::base {
namespace {

TEST(Copy, MovesExactlyTheBytesAtEverySizeAndOffset) {
  std::vector<char> from(400), to(400);
  std::iota(from.begin(), from.end(), 1);
  for (size_t offset = 0; offset < 9; ++offset)
    for (size_t size = 0; size <= 300; ++size) {
      std::fill(to.begin(), to.end(), char{-7});
      copy_out(to.data() + offset, from.data() + 3, size);
      EXPECT_TRUE(std::equal(from.begin() + 3, from.begin() + 3 + static_cast<long>(size),
                             to.begin() + static_cast<long>(offset)));
      EXPECT_EQ(to[offset + size], char{-7}) << "wrote past the end, size " << size;
      if (offset > 0) {
        EXPECT_EQ(to[offset - 1], char{-7});
      }
    }
}

TEST(Copy, ComparesEveryByte) {
  std::vector<char> a(80, 'x');
  for (size_t size = 1; size <= 70; ++size) {
    std::vector<char> b(a.begin(), a.begin() + static_cast<long>(size));
    EXPECT_TRUE(equal_bytes(a.data(), b.data(), size));
    for (size_t at = 0; at < size; ++at) {
      b[at] = 'y';
      EXPECT_FALSE(equal_bytes(a.data(), b.data(), size)) << "byte " << at << " of " << size;
      b[at] = 'x';
    }
  }
  EXPECT_TRUE(equal_bytes(a.data(), a.data(), 0));
}

}  // namespace
}  // namespace larder::base
