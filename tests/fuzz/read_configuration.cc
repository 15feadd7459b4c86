// A configuration file: whatever is accepted is within the limits, and can be planned as a segment.
#include "cache/check_options.h"
#include "cache/region_layout.h"
#include "config/config.h"
#include "fuzz/targets.h"

namespace larder::fuzz {

void read_configuration(std::string_view bytes) {
  const Result<config::Config> config = config::parse(std::string(bytes.substr(0, 16 << 10)), "fuzzed.toml");
  if (!config) return require(!config.error().message.empty(), "an error without a word");
  require(bool(cache::check_segment(config->segment)), "an accepted configuration is beyond the limits");
  for (const CacheOptions& cache : config->segment.caches)
    require(cache::plan_region(cache).shape.pages > 0, "a cache without pages");
  for (const StoreOptions& store : config->segment.stores)
    require(cache::plan_region(store).shape.pages > 0, "a store without pages");
}

}  // namespace larder::fuzz
