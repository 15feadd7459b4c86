// figures.h – the counters of a live segment, for benches: what the engine says of itself beside what was measured.
#pragma once

#include <string>

#include "larder/stats.h"

namespace larder::bench {

/// Figures of one cache, without those that cost a scan of its index. Ends the bench if there is no such cache.
CacheFigures figures_of(const std::string& segment, const std::string& cache);

}  // namespace larder::bench
