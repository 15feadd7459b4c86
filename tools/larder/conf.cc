// conf.cc – `larder conf check` and `larder conf show`: configuration files before they are used.
#include <fmt/format.h>

#include <memory>

#include "config/config.h"
#include "config/show.h"
#include "program.h"

namespace larder::tools {

namespace {

int run_check(const std::string& file) {
  const auto config = config::load(file);
  if (!config) return report(config.error());
  uint64_t bytes = 0;
  for (const CacheOptions& cache : config->segment.caches) bytes += cache.size;
  fmt::print("{}: fine: segment {}, {} caches, {} MiB of page memory\n", file, config->segment.name,
             config->segment.caches.size(), (bytes + (1 << 20) - 1) >> 20);
  return kExitOk;
}

int run_show(const std::string& file) {
  if (file.empty()) {
    fmt::print("{}", config::show(config::defaults()));
    return kExitOk;
  }
  const auto config = config::load(file);
  if (!config) return report(config.error());
  fmt::print("{}", config::show(*config));
  return kExitOk;
}

}  // namespace

void add_conf(Program& program) {
  auto file = std::make_shared<std::string>();
  CLI::App* conf = program.app.add_subcommand("conf", "Check a configuration file, or show what is in effect");
  conf->require_subcommand(1);
  conf->footer("Examples:\n  larder conf check /etc/larder/larder.toml\n  larder conf show");
  CLI::App* check = conf->add_subcommand("check", "Say whether a file is acceptable, with every error in it");
  check->add_option("file", *file, "The configuration file")->required();
  check->callback([&program, file] { program.action = [file] { return run_check(*file); }; });
  CLI::App* show = conf->add_subcommand("show", "Print all effective values with their origin");
  show->add_option("file", *file, "The configuration file (default: no file, only defaults)");
  show->callback([&program, file] { program.action = [file] { return run_show(*file); }; });
}

}  // namespace larder::tools
