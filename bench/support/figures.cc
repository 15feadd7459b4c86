// figures.cc – see figures.h.
#include "support/figures.h"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>

#include "observe/observe.h"

namespace larder::bench {

CacheFigures figures_of(const std::string& segment, const std::string& cache) {
  const Result<observe::Inspector> inspector = observe::Inspector::open(segment);
  if (!inspector) {
    fmt::print(stderr, "bench: {} {}\n", inspector.error().message, inspector.error().hint);
    std::exit(1);
  }
  for (const CacheFigures& figures : observe::read_figures(*inspector, {.census = false}).caches)
    if (figures.name == cache) return figures;
  fmt::print(stderr, "bench: segment {} has no cache {}\n", segment, cache);
  std::exit(1);
}

}  // namespace larder::bench
