// shared.h – something that a test and its children see alike.
//
// What it is    memory mapped shared and anonymous: what a child wrote there outlives it.
// Invariants    stays mapped as long as the process lives; starts as a value-initialised T.
#pragma once

#include <sys/mman.h>

#include <new>
#include <stdexcept>

namespace larder::test {

template <class T>
T& shared_with_children() {
  void* map = mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) throw std::runtime_error("cannot map memory for a test and its children");
  return *new (map) T{};
}

}  // namespace larder::test
