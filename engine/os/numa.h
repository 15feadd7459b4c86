// numa.h – which nodes of a NUMA machine give a new segment its memory.
//
// What it is    a placement is text, as in a configuration: "" (the kernel's choice: the node of the process that makes
//               the segment), "interleave" (page by page over all nodes), or a list of nodes such as "0" or "0,2-3"
//               (interleaved over these if there are several). It is set on the file before its first page exists, so
//               it holds for every page and for all who map it.
// Why no libnuma   it is two system calls and one file of /sys; the library would be needed on every machine.
// Invariants    a node that the machine does not have is an error, never a silent choice. Machines and kernels without
//               NUMA have the one node 0.
// Concurrency   for files that nobody else knows yet; reading a placement is safe at any time.
// Crash         nothing of its own: the kernel keeps the placement as long as the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "larder/result.h"

namespace larder::os {

constexpr uint32_t kMaxNodes = 1024;  ///< as of the kernel's largest configuration

/// The nodes that have memory, ascending; never empty.
std::vector<uint32_t> nodes_of_machine();

/// The nodes that a placement names, ascending; none for "". Code::invalid_argument for what is no placement and for
/// nodes that the machine does not have; the hint names those it has.
Result<std::vector<uint32_t>> nodes_of_placement(std::string_view placement);

/// Gives an empty file of `size` bytes its placement. Nothing is done for "".
Status place_file(int fd, uint64_t size, std::string_view placement);

/// The placement of the memory at an address of a mapping: "default", "interleave 0-1", "bind 0", or why it is unknown.
std::string placement_at(const void* address);

}  // namespace larder::os
