// resize_operations.cc – the operations of the step tests that change the cache's budget; see operations.cc.
#include <fmt/format.h>

#include "step/world.h"

namespace larder::test {
namespace {

constexpr uint64_t kLess = 10 << 10, kHalf = 8 << 10;  ///< than the 16 KiB of the world

std::string resize(Worker& worker, uint64_t bytes, milliseconds patience = milliseconds(0)) {
  const Result<Budget> resized = worker.cache->resize(bytes, patience);
  if (!resized) return resized.error().code == Code::busy ? "busy" : "wrong: " + resized.error().message;
  return fmt::format("{} bytes", resized->bytes);
}

}  // namespace

std::vector<Operation> resize_operations() {
  return {
      {.name = "grow", .answer = "24576 bytes", .run = [](Worker& w) { return resize(w, kWorldMost); }},
      {.name = "shrink_full",
       .fill = Fill::full,
       .answer = "10240 bytes",
       .run = [](Worker& w) { return resize(w, kLess); },
       .may_drop = true},
  };
}

std::vector<Operation> lasting_operations() {
  return {{.name = "shrink_to_the_end",
           .answer = "8192 bytes",
           .run = [](Worker& w) { return resize(w, kHalf, std::chrono::seconds(20)); },
           .may_drop = true}};
}

}  // namespace larder::test
