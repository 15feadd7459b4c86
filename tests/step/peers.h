// peers.h – what others do while the process under test stands still.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "larder/cache.h"
#include "larder/segment.h"

namespace larder::test {

/// What another process does; answers what is wrong, or nothing.
using Deed = std::function<std::string(const Segment& segment, const Cache& cache)>;

struct Peer {
  std::string name;
  Deed run;                    ///< all of it, e.g. one kind of operation on all keys
  std::vector<Deed> single{};  ///< the operations of which it consists, so short that they can be counted; or none
};
/// Every kind of operation, on the keys the operations under test use and on others. Writes version 3.
const std::vector<Peer>& peers();

/// Puts version 3 of many keys, three times what the cache holds, and last of every key of the start state.
std::string turn_over(const Cache& cache);

}  // namespace larder::test
