// fuzzer.cc – libFuzzer's entry: the target named by LARDER_FUZZ_TARGET.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "fuzz/targets.h"

namespace {

const larder::fuzz::Target& wanted() {
  const char* name = std::getenv("LARDER_FUZZ_TARGET");
  const larder::fuzz::Target* target = name == nullptr ? nullptr : larder::fuzz::find_target(name);
  if (target != nullptr) return *target;
  std::fprintf(stderr, "LARDER_FUZZ_TARGET names no target\n");
  std::exit(2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  static const larder::fuzz::Target& target = wanted();
  target.run({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
