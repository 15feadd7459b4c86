// drive.h – the loops around the measured operations: the same code for every contestant.
//
// Each request takes the next id of the trace, forms the key, runs the operation and checks the first 4 bytes of what
// came back. Clocks are read before and after a whole loop, never inside.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "micro/arena.h"
#include "support/crew.h"

namespace larder::bench {

enum class Contestant : uint8_t { larder, floor, baseline, driver };
constexpr uint32_t kContestants = 4;
const char* to_string(Contestant contestant);

enum class Operation : uint8_t { hit, miss, put, evict, many, view };
constexpr uint32_t kOperations = 6;
const char* to_string(Operation operation);

constexpr size_t kBatch = 16;  ///< keys of one get_many

/// The kind of an Order: which contestant does what.
constexpr uint32_t order_kind(Contestant contestant, Operation operation) {
  return uint32_t(contestant) * kOperations + uint32_t(operation);
}

/// False where a contestant has no such operation.
bool takes_part(Contestant contestant, Operation operation);

/// One worker's half of a bench: its attachments, its trace, its place in the trace for each kind of order.
class Driver {
 public:
  Driver(const Arena& arena, const std::vector<uint32_t>& trace);
  Report run(const Order& order);

 private:
  Report run_larder(Operation operation, uint64_t operations);
  Report run_floor(Operation operation, uint64_t operations);
  Report run_baseline(Operation operation, uint64_t operations);
  template <class Body>
  Report timed(uint64_t operations, Body body);
  template <class Once, class Loop>
  Report alone_or_each(uint64_t operations, Once once, Loop loop);
  template <class Get>
  Report gets(uint64_t operations, uint32_t absent, Get get);
  template <class Put>
  Report puts(uint64_t operations, Put put);
  template <class Many>
  Report batches(uint64_t operations, Many many);

  uint32_t next() {
    const uint32_t id = trace_[place_];
    if (++place_ == trace_.size()) place_ = 0;
    return id;
  }

  const Arena& arena_;
  const std::vector<uint32_t>& trace_;
  Cache cache_;
  std::vector<std::byte> into_;
  std::string value_;
  bool each_ = false;  ///< the order asks for the time of each operation
  uint32_t gap_ns_ = 0;
  size_t place_ = 0;
  std::array<size_t, kContestants * kOperations> places_{};
};

}  // namespace larder::bench
