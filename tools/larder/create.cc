// create.cc – `larder create`, `larder retire` and `larder remove`: the life of a segment.
#include <fmt/format.h>

#include <memory>
#include <vector>

#include "common/text.h"
#include "config/config.h"
#include "config/units.h"
#include "larder/segment.h"
#include "program.h"

namespace larder::tools {

namespace {

struct CreateOptions {
  std::string name, config;
  std::vector<std::string> caches;
};

Result<CacheOptions> cache_of(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return Error{Code::invalid_argument, fmt::format("--cache {}: not of the form NAME=SIZE", text),
                 "for example: --cache dnsTxt=5mb"};
  }
  auto size = config::parse_size(std::string_view(text).substr(equals + 1));
  if (!size) {
    return Error{size.error().code, fmt::format("--cache {}: {}", text, size.error().message), size.error().hint};
  }
  CacheOptions cache;
  cache.name = text.substr(0, equals);
  cache.size = *size;
  return cache;
}

/// What to build: a configuration file's segment, or the default one with only the caches named.
Result<SegmentOptions> plan(const Program& program, const CreateOptions& options) {
  SegmentOptions segment = config::defaults().segment;
  if (!options.config.empty()) {
    auto config = config::load(options.config);
    if (!config) return config.error();
    segment = config->segment;
  }
  if (!options.caches.empty()) {
    segment.caches.clear();
    segment.stores.clear();
    segment.default_store.clear();
  }
  for (const std::string& text : options.caches) {
    auto cache = cache_of(text);
    if (!cache) return cache.error();
    segment.caches.push_back(*cache);
  }
  if (!options.name.empty()) {
    segment.name = options.name;
  } else if (program.segment_given || options.config.empty()) {
    segment.name = program.segment;
  }
  if (!program.directory.empty()) segment.directory = program.directory;
  return segment;
}

int run_create(const Program& program, const CreateOptions& options) {
  auto wanted = plan(program, options);
  if (!wanted) return report(wanted.error());
  auto segment = Segment::create(*wanted, "tool");
  if (!segment) return report(segment.error());
  fmt::print("{}: created, {}, {} caches, {} stores\n", segment->path(), long_bytes(segment->bytes()),
             wanted->caches.size(), wanted->stores.size());
  return kExitOk;
}

int run_retire(const Program& program, const std::string& name) {
  auto segment = Segment::attach(name, {.directory = program.directory, .kind = "tool"});
  if (!segment) return report(segment.error());
  const Status retired = segment->retire();
  if (!retired) return report(retired.error());
  fmt::print("{}: retired; workers attach to its successor\n", name);
  return kExitOk;
}

int run_remove(const Program& program, const std::string& name) {
  const Status removed = remove_segment(name, program.directory);
  if (!removed) return report(removed.error());
  fmt::print("{}: removed\n", name);
  return kExitOk;
}

}  // namespace

void add_create(Program& program) {
  auto options = std::make_shared<CreateOptions>();
  CLI::App* verb = program.verb("create", "Build a segment (larderd does this too, from its configuration)",
                                "  larder create demo --cache dnsTxt=5mb --cache accounts=20mb\n"
                                "  larder create --config /etc/larder/larder.toml",
                                [&program, options] { return run_create(program, *options); });
  verb->add_option("name", options->name, "Name of the segment (default: --segment, or the configuration's)");
  CLI::Option* config =
      verb->add_option("--config", options->config, "Configuration file (default: the default caches)");
  verb->add_option("--cache", options->caches, "A cache as NAME=SIZE; may be given many times")->excludes(config);
}

void add_retire(Program& program) {
  auto name = std::make_shared<std::string>();
  CLI::App* retire = program.verb("retire", "Mark a segment retired and remove its name; workers go to its successor",
                                  "  larder retire demo", [&program, name] { return run_retire(program, *name); });
  retire->add_option("name", *name, "Name of the segment")->required();
  CLI::App* remove = program.verb("remove", "Remove the file of a segment that cannot be attached",
                                  "  larder remove demo", [&program, name] { return run_remove(program, *name); });
  remove->add_option("name", *name, "Name of the segment")->required();
}

}  // namespace larder::tools
