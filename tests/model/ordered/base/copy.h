// copy.h – the engine's base/copy.h over ordered page memory: see atomic.h beside it.
//
// Concurrency, crash: as there.
#pragma once

#include "base/atomic.h"

#define copy_out unordered_copy_out
#define copy_in unordered_copy_in
#define equal_bytes unordered_equal_bytes
#define zero_words unordered_zero_words
#include_next "base/copy.h"
#undef copy_out
#undef copy_in
#undef equal_bytes
#undef zero_words

namespace larder::base {

inline void copy_out(void* to, const void* from, size_t size) {
  before_page_read();
  unordered_copy_out(to, from, size);
}
inline void copy_in(void* to, const void* from, size_t size) {
  before_page_write();
  unordered_copy_in(to, from, size);
}
inline bool equal_bytes(const void* shared, const void* own, size_t size) {
  before_page_read();
  return unordered_equal_bytes(shared, own, size);
}
inline void zero_words(void* at, size_t size) {
  before_page_write();
  unordered_zero_words(at, size);
}

}  // namespace larder::base
