// mapping.h – a segment file in this process's address space.
//
// What it is    boost::interprocess::mapped_region behind error values.
// Invariants    the mapping covers the whole file; it is left out of core dumps (values are other people's mail).
// Concurrency   a Mapping belongs to one owner; the memory is everybody's.
// Crash         the kernel unmaps.
#pragma once

#include <boost/interprocess/mapped_region.hpp>
#include <cstddef>
#include <cstdint>

#include "larder/result.h"
#include "os/bus_guard.h"
#include "os/shm_file.h"

namespace larder::os {

class Mapping {
 public:
  Mapping() = default;
  static Result<Mapping> map(const ShmFile& file, uint64_t size, bool writable);
  std::byte* data() const { return static_cast<std::byte*>(region_.get_address()); }
  uint64_t size() const { return region_.get_size(); }
  /// True once the file was shortened under the mapping, which holds zeros of this process since (bus_guard.h).
  bool lost() const { return guard_.lost(); }

 private:
  boost::interprocess::mapped_region region_;
  BusGuard guard_;  ///< ends before the mapping does
};

}  // namespace larder::os
