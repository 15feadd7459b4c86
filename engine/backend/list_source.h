// list_source.h – where the list of a static store comes from, as a configuration says it.
//
// What it is    a file of keys, columns or TOML, or the entries of the configuration itself. Called, it reads the list
//               anew; entries of the configuration are read from its file, which must still have the list.
// Concurrency   calls are independent of each other.
// Crash         reads only.
#pragma once

#include <string>

#include "backend/static_list.h"
#include "config/config.h"

namespace larder::backend {

class ListSource {
 public:
  /// `settings` is one of the lists of `config`.
  ListSource(const config::Config& config, config::ListSettings settings);

  /// The file that the list is read from.
  const std::string& file() const { return file_; }
  /// The list as the configuration that was read has it, or its file as it is now.
  Result<StaticList> first() const;
  /// The list as it is now.
  Result<StaticList> operator()() const;

 private:
  Result<StaticList> build(const std::vector<config::ListEntry>& entries) const;

  config::ListSettings settings_;
  std::string file_;
};

}  // namespace larder::backend
