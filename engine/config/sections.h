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
void read_sidecar(const toml::value& table, Notes notes, SidecarSettings& sidecar);
/// After read_caches: schedules name caches.
void read_expire(const toml::value& table, Notes notes, Config& config);

}  // namespace larder::config
