// resize.cc – `larder resize`: gives a cache another budget while its workers go on.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "common/text.h"
#include "config/units.h"
#include "larder/segment.h"
#include "program.h"

namespace larder::tools {

namespace {

struct ResizeOptions {
  std::string cache, size, wait = "10s";
};

int run_resize(const Program& program, const ResizeOptions& options) {
  const auto bytes = config::parse_size(options.size);
  if (!bytes) return report(bytes.error());
  const auto patience = config::parse_duration(options.wait);
  if (!patience) return report(patience.error());
  const auto segment = Segment::attach(program.segment, {.directory = program.directory, .kind = "tool"});
  if (!segment) return report(segment.error());
  for (const std::string& store : segment->store_names())
    if (store == options.cache)
      return report(kExitUsage, fmt::format("{} is a store; only caches change their size while they are used", store),
                    "dump the segment and make one with other sizes: larder dump, larder retire, larder load-dump");
  const auto cache = segment->cache(options.cache);
  if (!cache) return report(cache.error());
  const uint64_t before = cache->budget().bytes;
  const auto resized = cache->resize(*bytes, *patience);
  if (!resized) return report(resized.error());
  fmt::print("{}: {} -> {} of at most {}; {} of memory\n", options.cache, long_bytes(before),
             long_bytes(resized->bytes), long_bytes(resized->most), long_bytes(resized->reserved));
  if (resized->settled) return kExitOk;
  return report(kExitTimeout,
                fmt::format("{}: pages are still held, or a worker is stopped; {} of memory wait to be given back",
                            options.cache, long_bytes(resized->reserved - std::min(resized->reserved, resized->bytes))),
                "larderd goes on with it; without one, call this again later (see larder workers)");
}

}  // namespace

void add_resize(Program& program) {
  auto options = std::make_shared<ResizeOptions>();
  CLI::App* verb = program.verb("resize", "Give a cache another budget while it is used",
                                "  larder resize messages 100mb\n  larder resize dnsTxt 2mb --wait 1m",
                                [&program, options] { return run_resize(program, *options); });
  verb->add_option("cache", options->cache, "The cache")->required();
  verb->add_option("size", options->size, "Its new budget, e.g. 100mb, up to the max it was made with")->required();
  verb->add_option("--wait", options->wait, "How long to try what cannot be done at once")->capture_default_str();
}

}  // namespace larder::tools
