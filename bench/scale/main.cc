// main.cc – bench_scale: what grows with workers, thread lines, caches and bytes.
//
//   bench_scale                 all parts but the large segment, in under a minute
//   bench_scale --big 16gb      the large segment only; left out with a message where memory is too small for it
//   bench_scale --only lines    one part
//
// docs/design/scale.md says what should grow with what, and why. The program fails only if a value was wrong or a put
// was refused.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "scale/parts.h"

int main(int argc, char** argv) {
  using namespace larder::bench;
  CLI::App app("Measures what grows with workers, thread lines, caches and bytes.");
  uint32_t workers = 64;
  uint64_t big = 0;
  double seconds = 4;
  std::string only;
  app.add_option("--workers", workers, "worker processes beside larderd")->check(CLI::Range(2u, 900u));
  app.add_option("--seconds", seconds, "length of each measurement")->check(CLI::PositiveNumber);
  app.add_option("--only", only, "only parts whose name contains this: workers, lines, caches");
  app.add_option("--big", big, "measure a segment of this size instead, e.g. 16gb; it is reserved in /dev/shm")
      ->transform(CLI::AsSizeValue(false));
  CLI11_PARSE(app, argc, argv);

  if (big > 0) return measure_bytes(big, seconds) ? 0 : 1;
  const std::vector<std::pair<std::string, std::function<bool()>>> parts{
      {"workers", [&] { return measure_workers(workers, seconds); }},
      {"lines", [&] { return measure_lines(seconds); }},
      {"caches", [&] { return measure_caches(seconds); }},
  };
  bool fine = true, found = false;
  for (const auto& [name, measure] : parts) {
    if (name.find(only) == std::string::npos) continue;
    found = true;
    fmt::print("{}\n", name);
    fine = measure() && fine;
  }
  if (!found) {
    fmt::print(stderr, "bench_scale: no part matches --only {}; there are workers, lines and caches\n", only);
    return 2;
  }
  return fine ? 0 : 1;
}
