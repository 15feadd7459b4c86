// config.h – the configuration of a segment and its sidecar, read from TOML.
//
// What it is    Config is what larderd runs with: the segment's options, the sidecar's, and the schedules. Every value
//               a file does not set has the default of docs/configuration.md; origin_of() says which is which.
// Invariants    I1 a Config is complete and within every limit of options.h. I2 load() reports all errors of a file,
//               one line each, "file:line:column: what is wrong; what was meant".
// Concurrency   plain values.
// Crash         nothing here lives in the segment.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/cron.h"
#include "larder/options.h"
#include "larder/result.h"

namespace larder::config {

/// When to drop what is expired.
struct Schedule {
  std::string cache;  ///< name of a cache, or "*" for all
  Cron cron;
};

struct SidecarSettings {
  milliseconds interval{20};  ///< pause between two rounds of upkeep, 1 ms..1 min
  bool retire = false;        ///< a clean stop retires the segment
};

/// Where a value was set.
struct Origin {
  std::string file;
  uint32_t line = 0;
};

struct Config {
  SegmentOptions segment;
  milliseconds negative_ttl{3'600'000};  ///< of domainNamesNegative and emailAddressesNegative
  SidecarSettings sidecar;
  std::vector<Schedule> schedules;
  std::map<std::string, Origin> origins;  ///< by dotted path, e.g. "cache.dnsTxt.size"; no entry = default

  /// "default", or "file:line".
  std::string origin_of(const std::string& path) const;
};

/// The configuration of an empty file.
Config defaults();

/// Reads a file. Code::not_found or Code::permission if it cannot be read, Code::invalid_argument for its content.
Result<Config> load(const std::string& path);

/// Reads a text; `filename` is what messages call it.
Result<Config> parse(const std::string& text, const std::string& filename);

}  // namespace larder::config
