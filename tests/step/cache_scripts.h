// cache_scripts.h – what one process does to a cache in step tests, written once for both caches.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "step/map_cache.h"
#include "step/world.h"

namespace larder::test {

/// One operation, on the segment's cache, and what the in-process one says to it.
struct CacheScript {
  std::string name;
  std::function<std::string(Worker&)> run;
  std::function<std::string(MapCache&)> on_map;
  bool takes_pages = false;  ///< so that it may evict where no page is to spare
  bool attaches = false;
  bool leaves_little = false;  ///< it, or what follows it, may evict whatever the start state
};

/// A script for either cache, e.g. `[](auto& cache) { … }`.
template <class Body>
CacheScript both(std::string name, Body body, bool takes_pages = false) {
  return {std::move(name), [body](Worker& worker) { return std::string(body(*worker.cache)); },
          [body](MapCache& cache) { return std::string(body(cache)); }, takes_pages};
}

std::vector<CacheScript> reading_scripts();   ///< get, view, contains, touch
std::vector<CacheScript> writing_scripts();   ///< put, add, replace, remove, clear, on short values and long ones
std::vector<CacheScript> building_scripts();  ///< builders
std::vector<CacheScript> worker_scripts();    ///< attach and detach, upkeep, burying, budgets

}  // namespace larder::test
