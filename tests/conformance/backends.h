// backends.h – the backends that the store's contract is tested over. A new one joins in backends.cc by one line.
//
// What it is    a Bench is one fresh store with a way to let time pass; a Backend makes Benches. The suite asks for a
//               bounded store where it wants to see it full.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "larder/store.h"

namespace larder::test {

class Bench {
 public:
  virtual ~Bench() = default;
  virtual Store& store() = 0;
  /// Returns when that much time has passed for the store. By default it waits, and a good while longer than asked.
  virtual void pass(milliseconds time);
  /// True if pass() is exact to the millisecond: then the suite also looks at the moment before an expiry.
  virtual bool exact() const { return false; }
};

/// What the suite needs of a store.
struct Wish {
  std::optional<uint64_t> bytes{};  ///< full after about as many bytes; none = room for everything the suite stores
};

struct Backend {
  const char* name;
  /// A fresh, empty store; null if the backend cannot fulfil the wish.
  std::unique_ptr<Bench> (*make)(const Wish& wish);
};

/// All backends that can be written. The whole contract applies to them.
std::vector<Backend> writable_backends();

std::unique_ptr<Bench> make_map_bench(const Wish& wish);

}  // namespace larder::test
