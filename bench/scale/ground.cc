// ground.cc – the segments of bench_scale; see parts.h.
#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "scale/parts.h"

namespace larder::bench {
namespace {

[[noreturn]] void give_up(const Error& error) {
  fmt::print(stderr, "bench_scale: {} {}\n", error.message, error.hint);
  std::exit(1);
}

}  // namespace

Ground::Ground(SegmentOptions options) : name_(fmt::format("bench.scale.{}", getpid())) {
  options.name = name_;
  Result<Segment> made = Segment::create(options, "bench");
  if (!made) give_up(made.error());
  leftover_ = std::make_unique<Leftover>(made->path());
  segment_ = std::make_unique<Segment>(std::move(*made));
}

Ground::~Ground() {
  if (const Status removed = segment_->retire(); !removed)
    fmt::print(stderr, "bench_scale: {} {}\n", removed.error().message, removed.error().hint);
}

Cache open_cache(const std::string& segment, const std::string& cache) {
  const Result<Segment> attached = Segment::attach(segment, {.directory = {}, .kind = "bench"});
  if (!attached) give_up(attached.error());
  const Result<Cache> opened = attached->cache(cache);
  if (!opened) give_up(opened.error());
  return *opened;
}

}  // namespace larder::bench
