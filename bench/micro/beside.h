// beside.h – evicting puts with and without larderd beside them.
//
// What a writer need not do because larderd keeps pages free ahead is not gone: larderd does it, on another CPU. So the
// CPU time of both is measured over the same puts, in turns with and without larderd, and added up.
#pragma once

#include "micro/contest.h"

namespace larder::bench {

/// Measures one evicting cell with one worker and prints its lines and the figures to reach. False if a put was
/// refused.
bool measure_beside(const Arena& arena, const Cell& cell, Crew& crew, const Effort& effort);

}  // namespace larder::bench
