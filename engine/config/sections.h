// sections.h – readers of the sections of a configuration file.
//
// What it is    one function a section, each with the table and the configuration it changes. Engine-internal: config.h
//               is the door.
// Invariants    as fields.h: what is wrong is reported and changes nothing.
// Concurrency   one parse, one thread.
// Crash         nothing here lives in the segment.
#pragma once

#include <toml.hpp>

#include "config/config.h"
#include "config/fields.h"

namespace larder::config {

void read_segment(const toml::value& table, Notes notes, SegmentOptions& segment);
void read_caches(const toml::value& table, Notes notes, Config& config);
/// The sections that stores come from; null if absent.
struct StoreSections {
  const toml::value* storage = nullptr;
  const toml::value* store = nullptr;
  const toml::value* lookup = nullptr;
};
/// After read_caches: caches and stores share one namespace.
void read_stores(const StoreSections& sections, Notes notes, Config& config);
/// The settings of a store of type "static".
void read_list(const toml::value& table, const std::string& path, Notes notes, ListSettings& list);
/// Entries `key = value`; what is no value of a list is reported. Keys of nested tables are joined by dots; entries
/// come in the order of the file.
std::vector<ListEntry> read_entries(const toml::value& table, Problems& problems);
/// A schedule, or nothing for an off-word.
Result<std::optional<Cron>> schedule_value(const toml::value& value);
/// A page size: a power of two in the range of options.h, or 0 for "auto".
std::optional<Error> read_page(const toml::value& value, uint32_t& page);
void read_sidecar(const toml::value& table, Notes notes, SidecarSettings& sidecar);
/// After read_caches: schedules name caches.
void read_expire(const toml::value& table, Notes notes, Config& config);

}  // namespace larder::config
