// checker.h – decides whether a recorded history of a cache or a store is linearizable.
//
// What it is    the search of Wing and Gong, with Lowe's memory of visited configurations, done just in time: the
//               history is read in the order of its invocations and responses, and the checker keeps the set of all
//               configurations that explain it so far. A configuration is the value of the key and which of the
//               operations in flight have already taken effect. Keys are independent, so each is checked alone.
// Invariants    an operation takes effect once, between its invocation and its response; one without response may
//               take effect at any time after its invocation, or never.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "linear/history.h"

namespace larder::test {

/// What a cache may do on its own.
enum class Drops : uint8_t {
  never,   ///< every stored value stays until it is replaced or removed
  anytime  ///< the cache may drop an entry at any moment
};

struct Verdict {
  bool linearizable = true;
  std::string explanation;  ///< the response that no order explains, and what was in flight
  uint64_t operations = 0;  ///< operations checked
  uint64_t most_configurations = 0;
};

/// Checks the history of one key. Every key begins absent.
Verdict check_key(std::vector<Event> events, Drops drops);
/// Splits the history by key and checks each; the verdict of the first key that fails, or of all.
Verdict check_history(const std::vector<Event>& events, Drops drops);
/// The same for a store, where nothing is dropped; and the versions that were told: one for each value, and growing.
Verdict check_store_history(const std::vector<Event>& events);

}  // namespace larder::test
