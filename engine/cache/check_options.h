// check_options.h – whether a segment can be made of these options; the offender is named.
//
// Concurrency   pure functions.
#pragma once

#include <string_view>

#include "larder/options.h"
#include "larder/result.h"

namespace larder::cache {

/// [A-Za-z0-9_.-], 1..kMaxNameBytes bytes, not starting with a dot. `what` names it in the message.
Status check_name(std::string_view what, std::string_view name);
Status check_cache(const CacheOptions& options);
Status check_store(const StoreOptions& options);
Status check_segment(const SegmentOptions& options);

}  // namespace larder::cache
