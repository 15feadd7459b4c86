// config.h – the configuration of a segment and its sidecar, read from TOML.
//
// What it is    Config is what larderd runs with: the segment's options with its caches and stores, the sidecar's, the
//               schedules, what is kept on disk, and the static lists. Every value a file does not set has the default
//               of docs/configuration.md; origin_of() says which is which.
// Invariants    I1 a Config is complete and within every limit of options.h. I2 load() reports all errors of a file,
//               one line each, "file:line:column: what is wrong; what was meant".
// Concurrency   plain values.
// Crash         nothing here lives in the segment.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/cron.h"
#include "larder/options.h"
#include "larder/result.h"

namespace larder::config {

/// When to drop what is expired.
struct Schedule {
  enum class Work : uint8_t { expire_cache, purge_store };
  std::string name;  ///< of a cache, "*" for all of them, or of a store
  Cron cron;
  Work work = Work::expire_cache;
};

/// What of a store in the segment is kept on disk.
struct PersistSettings {
  std::string directory;             ///< absolute path; empty: nothing is kept, and StoreOptions::durable is empty
  milliseconds interval{1000};       ///< between two writes of what changed, 100 ms..1 h
  std::vector<uint8_t> first_bytes;  ///< of the keys to keep: StoreOptions::durable, if there is a directory
};

/// One entry of a list that stands in a configuration file.
struct ListEntry {
  std::string key;
  std::string value;
  uint32_t line = 0;
};

/// A store of type "static": a list that only its administrator writes.
struct ListSettings {
  enum class Format : uint8_t { toml, list, csv };
  std::string name;
  std::string file;                      ///< absolute path; empty: the entries are in the configuration
  Format format = Format::list;          ///< of the file; toml has the table [lookup.<name>]
  char separator = ',';                  ///< of CSV
  uint32_t key_column = 0;               ///< of CSV, from 0
  std::optional<uint32_t> value_column;  ///< of CSV, from 0; none: members carry the integer 1
  bool skip_first = false;               ///< the first line of list and CSV is a heading
  bool patterns = true;                  ///< keys with `*` or `?` are patterns
  uint64_t max_bytes = 100 << 20;        ///< of all keys and values, and of the file
  uint32_t max_entries = 100'000;
  uint64_t max_entry_bytes = 512;  ///< key and value of one entry
  std::vector<ListEntry> entries;  ///< in the order of the configuration, if there is no file
};

struct SidecarSettings {
  milliseconds interval{20};           ///< pause between two rounds of upkeep, 1 ms..1 min
  double share = 0.25;                 ///< of a CPU for keeping the pages of one cache free ahead of its writers, 0..1
  bool retire = false;                 ///< a clean stop retires the segment
  bool move = false;                   ///< moves memory between caches, within their bounds
  milliseconds move_interval{30'000};  ///< between two such decisions, 1 s..1 h
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
  std::vector<Schedule> schedules;                     ///< of caches
  std::vector<Schedule> purges;                        ///< of stores in the segment
  std::map<std::string, PersistSettings> persistence;  ///< by name, one for each store in the segment
  std::vector<ListSettings> lists;                     ///< stores of type "static"
  std::map<std::string, Origin> origins;               ///< by dotted path, e.g. "cache.dnsTxt.size"; no entry = default

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
