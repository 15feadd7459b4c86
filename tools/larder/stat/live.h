// live.h – the live screen of `larder stat`: figures laid out for a terminal of any size.
//
// What it is    compose() makes the lines of one picture from a sampler; the caller draws them. Columns appear as the
//               width allows, rows as the height allows; what is left out is said.
// Invariants    no line is wider than the terminal, and there are never more lines than it has rows.
// Concurrency   pure functions.
// Crash         nothing is shared.
#pragma once

#include <string>
#include <vector>

#include "common/terminal.h"
#include "stat/columns.h"

namespace larder::tools {

struct LiveView {
  bool all = false;              ///< also idle caches
  bool wide = false;             ///< prefer more columns to a longer bar
  const Column* sort = nullptr;  ///< null = the segment's order
  std::string notice;            ///< a line of news below the title, e.g. that the segment was retired
};

/// `rows`: the caches that the command line asks for, in the segment's order.
std::vector<std::string> compose(const Sampler& sampler, std::vector<CacheRow> rows, const LiveView& view,
                                 Extent extent, const Paint& paint, bool utf8);

}  // namespace larder::tools
