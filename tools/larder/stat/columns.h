// columns.h – what can be shown of a cache: one table of columns for the live screen, the plain table and --sort.
//
// What it is    each column has a key (for --sort), a title, the text of a cell and the number to sort by.
// Invariants    keys are unique; a cell's text never contains control characters.
// Concurrency   constants and pure functions.
// Crash         nothing is shared.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stat/sampler.h"

namespace larder::tools {

struct Column {
  const char* key;
  const char* title;
  size_t width;  ///< least width on the live screen
  std::string (*cell)(const CacheRow& row);
  double (*order)(const CacheRow& row);  ///< larger comes first; null = by name
};

/// All columns; find_column returns null for an unknown key.
std::span<const Column> columns();
const Column* find_column(std::string_view key);
/// The keys, separated by commas.
std::string column_keys();
/// Sorts by a column, largest first (names ascending).
void sort_rows(std::vector<CacheRow>& rows, const Column& column);

}  // namespace larder::tools
