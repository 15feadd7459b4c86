// cache_state.h – what a cache holds in step tests before an operation, and what is asked of it afterwards.
#pragma once

#include <string>
#include <vector>

#include "larder/cache.h"
#include "step/map_cache.h"
#include "step/world.h"

namespace larder::test {

/// The cache of step tests: 16 KiB in pages of 512 bytes, at most kWorldMost.
CacheOptions step_cache();
/// Makes the start state. Entries that are to be expired are so some 100 ms later.
void fill_cache(const Cache& cache, Fill fill);
/// What a cache in its start state holds: what was put last, and whatever else is still there.
MapCache held_by(const Cache& cache, Fill fill);

/// Keys that operations and peers use, held or not.
std::vector<std::string> step_keys();

/// "hit <version>", "miss" or "wrong value", from a lookup of this key.
std::string read_answer(const Cache& cache, const std::string& key);

/// Works on in a recovered cache for a while, alone, beside a model. Empty, or the first wrong answer.
std::string work_on(const Cache& cache, bool may_drop);
/// Finishes a change of the budget that a dead worker left. Empty, or what went wrong.
std::string finish_resize(const Cache& cache);

}  // namespace larder::test
