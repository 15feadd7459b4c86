// apcu.cc – APCu, which PHP's processes share: a PHP program fills it and forks the workers (apcu.php).
#include <fmt/format.h>

#include "versus/scripted.h"

namespace larder::bench::versus {
namespace {

constexpr uint64_t kMegabyte = 1 << 20;

/// `mode` is apcu, or driver: then the loop runs without the cache.
std::unique_ptr<Contestant> start_php(const Setting& setting, const char* mode, uint64_t bytes, uint64_t entries,
                                      Abilities abilities) {
  return Scripted::start(
      {"php", "-n", "-d", "extension=apcu", "-d", "apc.enable_cli=1", "-d",
       fmt::format("apc.shm_size={}M", bytes / kMegabyte + 1), "-d", fmt::format("apc.entries_hint={}", entries), "-d",
       "memory_limit=-1", script("apcu.php"), mode, setting.directory, fmt::to_string(setting.data.keys),
       fmt::to_string(setting.data.value_bytes), setting.traces.files[0], setting.traces.files[1]},
      setting, abilities);
}

}  // namespace

std::unique_ptr<Contestant> start_apcu(const Setting& setting) {
  const uint64_t bytes = setting.data.evicting ? setting.data.budget() : 2 * setting.data.budget() + 16 * kMegabyte;
  // Once it is full it drops everything: what it holds then says nothing about an entry.
  return start_php(setting, "apcu", bytes, setting.data.kept(),
                   {.batched_get = true, .memory = !setting.data.evicting});
}

std::unique_ptr<Contestant> start_php_driver(const Setting& setting) {
  return start_php(setting, "driver", kMegabyte, 1, {.memory = false});
}

}  // namespace larder::bench::versus
