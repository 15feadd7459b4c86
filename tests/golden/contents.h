// contents.h – what is in the golden segment of today's layout: one entry or record of each form there is.
//
// What it is    entries of one and of several pages, short and long keys, with a tag; values and counters, volatile,
//               durable and droppable ones; an entry and a record that expire, ten years after it was made.
// Invariants    never changed without writing the golden segment anew: it is what old bytes must still say.
#pragma once

#include "larder/segment.h"
#include "support/temp_directory.h"

namespace larder::test {

SegmentOptions golden_options(const TempDirectory& directory);
void fill_golden(const Segment& segment);
/// Expects every entry and record, with its value.
void expect_golden(const Segment& segment);

}  // namespace larder::test
