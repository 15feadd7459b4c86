// static_toml.h – static lists in TOML: the table [lookup.<id>] of a configuration, key = value.
//
// What it is    values are texts, integers, fractions and booleans; all are typed by static_list.h's rule. Keys of
//               nested tables are joined by dots, so `example.org = true` without quotes is the key "example.org".
//               Items come in the order of the file, which decides between patterns.
// Errors        "file:line:column: what is wrong", all of them.
// Concurrency   one parse, one thread.
// Crash         nothing here lives in the segment.
#pragma once

#include <string>
#include <vector>

#include "backend/static_list.h"
#include "larder/result.h"

namespace larder::backend {

/// The items of [lookup.<id>] of a TOML text; Code::not_found if there is no such table.
Result<std::vector<StaticItem>> parse_toml_items(const std::string& text, const std::string& id,
                                                 const std::string& filename);

/// The list of [lookup.<id>] of a file.
Result<StaticList> load_toml_list(const std::string& path, const std::string& id, const StaticLimits& limits,
                                  bool patterns = true);

}  // namespace larder::backend
