// clock.h – the time of day, as windows and bans go by it.
//
// What it is    milliseconds since the epoch, from a function that tests may replace. Expiry does not use it: stores
//               measure times to live by a clock of their own that does not jump.
// Concurrency   a WallClock must be callable from any thread.
// Crash         nothing here lives in the segment.
#pragma once

#include <cstdint>
#include <functional>

namespace larder::mail {

using WallClock = std::function<int64_t()>;

/// The system's clock.
WallClock system_clock();

}  // namespace larder::mail
