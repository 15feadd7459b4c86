// peers.h – what others do while the process under test stands still.
#pragma once

#include <string>
#include <vector>

#include "larder/cache.h"
#include "larder/segment.h"

namespace larder::test {

/// One operation of another process. run() returns what is wrong, or nothing.
struct Peer {
  std::string name;
  std::string (*run)(const Segment& segment, const Cache& cache);
};
/// Every kind of operation, on the keys the operations under test use and on others. Writes version 3.
const std::vector<Peer>& peers();

/// Puts version 3 of many keys, three times what the cache holds, and last of every key of the start state.
std::string turn_over(const Cache& cache);

}  // namespace larder::test
