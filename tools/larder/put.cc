// put.cc – `larder put` and `larder del`: change one entry, attached as a worker of kind "tool".
#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

#include "common/text.h"
#include "config/units.h"
#include "larder/segment.h"
#include "program.h"

namespace larder::tools {

namespace {

struct WriteOptions {
  std::string key, value, cache, ttl, idle;
  std::optional<uint32_t> tag;
  bool escaped = false;
};

/// The cache of the options, attached for writing.
struct Desk {
  Segment segment;
  Cache cache;
};

Result<Desk> sit_down(const Program& program, const std::string& cache_name) {
  auto segment = Segment::attach(program.segment, {.directory = program.directory, .kind = "tool"});
  if (!segment) return segment.error();
  auto cache = segment->cache(cache_name);
  if (!cache) return cache.error();
  return Desk{*segment, *cache};
}

Result<std::string> plain(const std::string& text, bool escaped) {
  if (escaped) return unescape(text);
  return text;
}

Result<std::optional<milliseconds>> duration_option(const char* option, const std::string& text) {
  if (text.empty()) return std::optional<milliseconds>{};
  auto duration = config::parse_duration(text);
  if (!duration) {
    return Error{duration.error().code, fmt::format("{} {}: {}", option, text, duration.error().message),
                 duration.error().hint};
  }
  return std::optional<milliseconds>(*duration);
}

int explain(PutResult result, const Desk& desk, const std::string& key, size_t value_bytes) {
  const std::string what = fmt::format("cache {}: key \"{}\"", desk.cache.name(), escape(key));
  switch (result) {
    case PutResult::stored: return kExitOk;
    case PutResult::too_large:
      return report(
          kExitNegative,
          fmt::format("{}: a value of {} bytes does not fit, at most {} bytes do", what, value_bytes,
                      desk.cache.max_value(key.size())),
          "a value may take three quarters of its cache; give the cache more (size = … in the configuration)");
    case PutResult::no_room:
      return report(kExitNegative, fmt::format("{}: no page could be freed", what),
                    "is the cache's mode refuse or off? see: larder conf show");
    case PutResult::invalid_key:
      return report(kExitUsage, fmt::format("{}: a key has 1 to {} bytes, this one {}", what, kMaxKeyBytes, key.size()),
                    "shorten the key, for example to a hash of it");
    case PutResult::invalid_ttl:
      return report(kExitUsage, fmt::format("{}: a time to live is 1 ms to ten years", what),
                    "leave --ttl and --idle out for the cache's own");
    case PutResult::read_only:
      return report(kExitNotFound, fmt::format("{}: the segment is attached read-only", what),
                    "ask its owner for write permission");
    case PutResult::retired:
      return report(kExitNotFound, fmt::format("{}: the segment was retired", what),
                    "try again to reach its successor");
    case PutResult::detached:
      return report(kExitNotFound, fmt::format("{}: {}", what, desk.segment.last_error()),
                    "see who is attached: larder workers");
    case PutResult::exists:
    case PutResult::absent: break;  // answers of add and replace, which this tool does not call
  }
  return report(kExitInternal, fmt::format("{}: unexpected answer \"{}\"", what, to_string(result)));
}

int run_put(const Program& program, const WriteOptions& options) {
  auto key = plain(options.key, options.escaped);
  if (!key) return report(key.error());
  const bool from_input = options.value == "-";
  auto value = plain(options.value, options.escaped && !from_input);
  if (!value) return report(value.error());
  auto ttl = duration_option("--ttl", options.ttl);
  if (!ttl) return report(ttl.error());
  auto idle = duration_option("--idle", options.idle);
  if (!idle) return report(idle.error());
  auto desk = sit_down(program, options.cache);
  if (!desk) return report(desk.error());
  if (from_input) *value = std::string(std::istreambuf_iterator<char>(std::cin), {});
  const PutResult result = desk->cache.put(*key, *value, {.ttl = *ttl, .idle = *idle, .tag = options.tag});
  return explain(result, *desk, *key, value->size());
}

int run_del(const Program& program, const WriteOptions& options) {
  auto key = plain(options.key, options.escaped);
  if (!key) return report(key.error());
  auto desk = sit_down(program, options.cache);
  if (!desk) return report(desk.error());
  if (desk->cache.remove(*key)) return kExitOk;
  return report(kExitNegative, fmt::format("cache {}: key \"{}\" is not there", options.cache, escape(*key)),
                fmt::format("list keys: larder keys --cache {}", options.cache));
}

}  // namespace

void add_put(Program& program) {
  auto options = std::make_shared<WriteOptions>();
  CLI::App* verb = program.verb("put", "Store one entry",
                                "  larder put example.org. 'v=spf1 -all' --cache dnsTxt --ttl 5m\n"
                                "  larder put logo - --cache files --tag 7 < logo.png",
                                [&program, options] { return run_put(program, *options); });
  verb->add_option("key", options->key, "The key")->required();
  verb->add_option("value", options->value, "The value; - reads it from standard input")->required();
  verb->add_option("--cache", options->cache, "The cache to store in")->required();
  verb->add_option("--ttl", options->ttl, "Time to live, e.g. 30s, 5m, 1d (default: the cache's)");
  verb->add_option("--idle", options->idle, "Sliding time to live (default: the cache's)");
  verb->add_option("--tag", options->tag, "Group for removal by tag");
  verb->add_flag("--escaped", options->escaped, "Key and value are written with \\xNN escapes");
}

void add_del(Program& program) {
  auto options = std::make_shared<WriteOptions>();
  CLI::App* verb = program.verb("del", "Remove one entry", "  larder del example.org. --cache dnsTxt",
                                [&program, options] { return run_del(program, *options); });
  verb->add_option("key", options->key, "The key")->required();
  verb->add_option("--cache", options->cache, "The cache to remove from")->required();
  verb->add_flag("--escaped", options->escaped, "The key is written with \\xNN escapes");
}

}  // namespace larder::tools
