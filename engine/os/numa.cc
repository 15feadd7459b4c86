// numa.cc – see numa.h.
#include "os/numa.h"

#include <fmt/format.h>
#include <linux/mempolicy.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>
#include <set>

#include "base/error.h"

namespace larder::os {

using base::fail;
using base::with_errno;
using base::with_hint;

namespace {

constexpr size_t kBitsAWord = 8 * sizeof(unsigned long);
using NodeMask = std::array<unsigned long, kMaxNodes / kBitsAWord>;

std::optional<uint32_t> node_number(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number >= kMaxNodes) return std::nullopt;
  return number;
}

/// "0,2-3" as numbers; nothing for anything else.
std::optional<std::set<uint32_t>> parse_list(std::string_view text) {
  std::set<uint32_t> nodes;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    const std::string_view part = text.substr(at, comma - at);
    const size_t dash = std::min(part.find('-'), part.size());
    const auto first = node_number(part.substr(0, dash));
    const auto last = dash == part.size() ? first : node_number(part.substr(dash + 1));
    if (!first || !last || *first > *last) return std::nullopt;
    for (uint32_t node = *first; node <= *last; ++node) nodes.insert(node);
    at = comma + 1;
  }
  return nodes;
}

std::string list_text(const std::vector<uint32_t>& nodes) {
  std::string text;
  for (size_t i = 0; i < nodes.size();) {
    size_t end = i;
    while (end + 1 < nodes.size() && nodes[end + 1] == nodes[end] + 1) ++end;
    text += text.empty() ? "" : ",";
    text += i == end ? std::to_string(nodes[i]) : fmt::format("{}-{}", nodes[i], nodes[end]);
    i = end + 1;
  }
  return text;
}

const char* mode_text(int mode) {
  switch (mode & ~MPOL_MODE_FLAGS) {
    case MPOL_DEFAULT: return "default";
    case MPOL_PREFERRED: return "preferred";
    case MPOL_BIND: return "bind";
    case MPOL_INTERLEAVE: return "interleave";
    case MPOL_LOCAL: return "local";
    default: return "another policy";
  }
}

}  // namespace

std::vector<uint32_t> nodes_of_machine() {
  std::ifstream file("/sys/devices/system/node/has_memory");
  std::string line;
  std::getline(file, line);
  const auto nodes = parse_list(line);
  if (!nodes || nodes->empty()) return {0};
  return {nodes->begin(), nodes->end()};
}

Result<std::vector<uint32_t>> nodes_of_placement(std::string_view placement) {
  if (placement.empty()) return std::vector<uint32_t>{};
  const std::vector<uint32_t> present = nodes_of_machine();
  if (placement == "interleave") return present;
  const auto wanted = parse_list(placement);
  if (!wanted)
    return with_hint(fail(Code::invalid_argument, "\"{}\" is no placement on NUMA nodes", placement),
                     "write \"\", \"interleave\" or a list of nodes such as \"0\" or \"0,2-3\"");
  for (const uint32_t node : *wanted)
    if (!std::binary_search(present.begin(), present.end(), node))
      return with_hint(fail(Code::invalid_argument, "this machine has no NUMA node {} with memory", node),
                       fmt::format("it has {}; see /sys/devices/system/node", list_text(present)));
  return std::vector<uint32_t>(wanted->begin(), wanted->end());
}

Status place_file(int fd, uint64_t size, std::string_view placement) {
  const Result<std::vector<uint32_t>> nodes = nodes_of_placement(placement);
  if (!nodes) return nodes.error();
  if (nodes->empty()) return Done{};
  const std::string what = fmt::format("placing the segment on NUMA nodes {}", list_text(*nodes));
  if (ftruncate(fd, static_cast<off_t>(size)) != 0) return with_errno(what);
  void* const at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) return with_errno(what);
  NodeMask mask{};
  for (const uint32_t node : *nodes) mask[node / kBitsAWord] |= 1ul << node % kBitsAWord;
  const int mode = nodes->size() == 1 ? MPOL_BIND : MPOL_INTERLEAVE;
  // The kernel reads one bit less than it is told of.
  const long done = syscall(SYS_mbind, at, size, mode, mask.data(), kMaxNodes + 1, 0);
  const int number = errno;
  munmap(at, size);
  if (done == 0) return Done{};
  const bool old = number == ENOSYS || number == EPERM;
  return with_hint(with_errno(what, number), old ? "this kernel or container does not allow mbind; leave `numa` out"
                                                 : "the process may be confined to other nodes; see `numactl --show`");
}

std::string placement_at(const void* address) {
  int mode = 0;
  NodeMask mask{};
  if (syscall(SYS_get_mempolicy, &mode, mask.data(), kMaxNodes + 1, address, MPOL_F_ADDR) != 0)
    return fmt::format("unknown: {}", std::strerror(errno));
  std::vector<uint32_t> nodes;
  for (uint32_t node = 0; node < kMaxNodes; ++node)
    if ((mask[node / kBitsAWord] >> node % kBitsAWord & 1) != 0) nodes.push_back(node);
  return nodes.empty() ? mode_text(mode) : fmt::format("{} {}", mode_text(mode), list_text(nodes));
}

}  // namespace larder::os
