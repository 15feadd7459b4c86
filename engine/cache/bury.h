// bury.h – what a dead worker leaves in the regions, and how it is put in order.
//
// What it is    the Undertaker that the roster calls for an owner that is certainly dead and whose slot the caller has
//               locked. For each of its thread lines: the claim it announced is completed or released (index/slot.h).
//               For each page it owned: the page is found in a queue and finished, or given back (page/page_word.h); a
//               run is completed or freed (ring/runs.h). Runs that nobody refers to are freed, whoever left them. Its
//               hazards are cleared by the roster afterwards, so the pages they name stay put until then.
// Invariants    B1 bury of what was buried changes nothing. B2 every step is a CAS that a live thread could have made.
// Concurrency   any number of buriers of different workers; the roster allows one for each.
// Crash         a burier that dies leaves the slot active and unlocked: the next one starts again.
#pragma once

#include <memory>
#include <vector>

#include "policy/plane.h"
#include "segment/roster.h"

namespace larder::cache {

/// `planes` were opened over `tables`.
segment::Undertaker make_undertaker(std::shared_ptr<const segment::Tables> tables, std::vector<policy::Plane> planes);

}  // namespace larder::cache
