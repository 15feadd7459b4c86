// clock.h – the clocks of a test program, moved at will.
//
// What it is    a program that links larder_test_clock has a clock_gettime of its own. The monotonic clocks run on or
//               stand still, and jump forward by what advance_clock says; the wall clock jumps by what shift_wall_clock
//               says. Nothing of the engine knows. The offsets lie in memory that children share.
// Concurrency   any thread, any child of the test.
#pragma once

#include <chrono>

namespace larder::test {

/// Moves the monotonic clocks of this process and its children forward; back only where nobody may notice.
void advance_clock(std::chrono::milliseconds by);
/// From now on they move by advance_clock only.
void stop_clock();
/// Sets the wall clock off, in either direction, from what the machine's says.
void shift_wall_clock(std::chrono::milliseconds by);

}  // namespace larder::test
