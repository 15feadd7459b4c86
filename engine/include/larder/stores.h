// stores.h – every store that a configuration names, opened by one process.
//
// What it is    the stores of an attached segment and the static lists of a configuration file behind one door: get()
//               takes the names that expressions and scripts use, and "" for the default store. Lists are read anew
//               when their file changed and somebody calls reload().
// Invariants    a Store that get() gave out stays where it is as long as the Stores live. A list that cannot be read
//               anew stays as it was; readers see the old list or the other one, never a mixture.
// Concurrency   every function from any thread; readers never wait for a reload. The set of names is fixed when it is
//               opened: stores that a changed configuration adds are there for whoever opens anew.
// Crash         lists belong to this process alone; for the others see segment.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "larder/segment.h"

namespace larder {

namespace config {
struct Config;
}

class Stores {
 public:
  /// The stores of the segment, and the lists of the configuration file if one is given. The error of the configuration
  /// or of a list that cannot be read.
  static Result<Stores> open(const Segment& segment, const std::string& config_file = {});
  /// The same of a configuration that was read already.
  static Result<Stores> open(const Segment& segment, const config::Config& config);
  Stores(Stores&&) noexcept;
  Stores& operator=(Stores&&) noexcept;
  ~Stores();

  /// The store of that name, "" for the default one; Code::not_found with the names there are.
  Result<Store*> get(std::string_view name = {}) const;
  /// The default one first, then the others of the segment, then lists.
  std::vector<std::string> names() const;
  /// Reads every list anew whose file changed. The error says what cannot be read, one line each.
  Status reload();

 private:
  struct Impl;
  explicit Stores(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Reads every list of a configuration and keeps none; the error of all that are bad, one line each.
Status check_lists(const config::Config& config);

}  // namespace larder
