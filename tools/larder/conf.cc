// conf.cc – `larder conf check` and `larder conf show`: configuration files before they are used.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "config/config.h"
#include "config/show.h"
#include "larder/mail/prefixes.h"
#include "larder/stores.h"
#include "program.h"

namespace larder::tools {

namespace {

std::string stores_text(size_t count) { return fmt::format("{} store{}", count, count == 1 ? "" : "s"); }

/// What is no mistake, but may surprise.
void print_hints(const config::Config& config) {
  for (const auto& [name, persist] : config.persistence) {
    const auto models = [](uint8_t byte) {
      return byte == static_cast<uint8_t>(mail::Prefix::bayes_global) ||
             byte == static_cast<uint8_t>(mail::Prefix::bayes_user);
    };
    const bool kept = std::any_of(persist.first_bytes.begin(), persist.first_bytes.end(), models);
    if (!kept || !persist.directory.empty()) continue;
    fmt::print(
        "hint: store {}: the Bayes models are to be kept on disk, but there is no directory for them: a reboot forgets "
        "them.\n      Write [store.\"{}\".persistence] directory = \"/var/lib/larder\", or persist = false.\n",
        name, name);
  }
}

int run_check(const std::string& file) {
  const auto config = config::load(file);
  if (!config) return report(config.error());
  if (const Status lists = check_lists(*config); !lists) return report(lists.error());
  uint64_t bytes = 0;
  for (const CacheOptions& cache : config->segment.caches) bytes += cache.size;
  for (const StoreOptions& store : config->segment.stores) bytes += store.size;
  fmt::print("{}: fine: segment {}, {} caches, {}, {} static lists, {} MiB of page memory\n", file,
             config->segment.name, config->segment.caches.size(), stores_text(config->segment.stores.size()),
             config->lists.size(), (bytes + (1 << 20) - 1) >> 20);
  print_hints(*config);
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
