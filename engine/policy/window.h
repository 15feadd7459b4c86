// window.h – which neighbouring pages are the cheapest to get for a run.
//
// What it is    one pass over the page words of a cache: a window of n pages slides over the table and the one that
//               costs least is chosen. A free page costs nothing, a page of a ring the bytes in it, which are moved
//               elsewhere, a run that reaches into the window kRunWeight times its bytes, since it is dropped. Pages
//               that somebody owns or holds, and those that `blocked` names, cannot be had.
// Concurrency   reads words that others change: the window is a guess, whoever takes its pages finds out.
// Crash         reads only.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "policy/plane.h"

namespace larder::policy {

/// The first page of the window; nothing if there is none. `spare_runs`: runs cannot be had either.
std::optional<uint32_t> choose_window(const Plane& plane, uint32_t pages, const std::vector<bool>& blocked,
                                      bool spare_runs);

}  // namespace larder::policy
