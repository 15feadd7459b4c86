// counting.h – increments and leases that are written down outside of the segment, so that none can be lost unseen.
//
// What it is    Counting is one life of a worker: it says on the board what it is about to add and what was answered,
//               and who holds a lease. The board outlives its workers; at the end the counters in the store must be
//               what was answered, plus at most what killed workers were just adding (settle, uncertain).
// Concurrency   a seat belongs to one life at a time; the board is shared by processes.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "larder/mail/lease.h"
#include "larder/segment.h"
#include "larder/store.h"
#include "support/values.h"

namespace larder::test {

constexpr uint32_t kSeats = 8, kTallied = 48, kLocks = 4, kLives = 1 << 20;

/// What one place among the workers has done, over all the lives of it.
struct Seat {
  std::atomic<uint64_t> answered[kTallied];
  std::atomic<uint64_t> pending;   ///< counter + 1 << 48 | answered[counter] before; 0 = at nothing
  std::atomic<uint64_t> inserted;  ///< keys 1..inserted were acknowledged
  std::atomic<uint64_t> steps;     ///< done
};

/// Shared by all, outside of the segment.
struct Board {
  std::atomic<bool> stop;
  std::atomic<uint32_t> held_twice;
  std::atomic<uint64_t> leases;
  std::atomic<uint64_t> checked;  ///< inserters keep close to it
  std::atomic<uint64_t> holder[kLocks];
  std::atomic<uint64_t> uncertain[kTallied];  ///< increments that a killed worker may or may not have made
  std::atomic<bool> doomed[kLives];           ///< is or will soon be killed
  Seat seats[kSeats];

  /// In memory that children share. Lives as long as the process.
  static Board* make();
  /// After the life of a seat was killed: notes what it was just adding.
  void settle(uint32_t seat);
};

/// A store with room for all that they count.
StoreOptions counted_store();
std::unique_ptr<Store> open_store(const Segment& segment);
std::string counter_name(uint64_t number);

class Counting {
 public:
  Counting(const Segment& segment, Board& board, uint32_t seat, uint64_t life, uint64_t seed);

  /// One operation. False if something was wrong; complaint() says what.
  bool step();
  const std::string& complaint() const { return complaint_; }

 private:
  std::string count();
  std::string churn();
  std::string lock();

  const std::unique_ptr<Store> store_;
  mail::Leases leases_;
  Board& board_;
  Seat& seat_;
  const uint64_t life_;
  Random random_;
  int64_t last_[kTallied] = {};
  std::string complaint_;
};

/// What the counters say beside what the board says.
struct Reckoning {
  uint64_t answered = 0;   ///< increments
  uint64_t uncertain = 0;  ///< in flight at a kill
  std::string wrong;       ///< counters that lost or gained increments; empty = none
};
Reckoning reckon(Store& store, const Board& board);
/// With all of them dead: takes what the counters say for answered, so that nothing is uncertain any more.
void accept(Store& store, Board& board);

}  // namespace larder::test
