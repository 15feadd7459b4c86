// problems.h – collects everything that is wrong with a configuration file.
//
// What it is    a list of messages with their places, and the search for the key a misspelt one was meant to be.
// Invariants    messages come out in the order of the file's lines.
// Concurrency   one parse, one list.
// Crash         nothing here lives in the segment.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <toml.hpp>
#include <vector>

#include "larder/result.h"

namespace larder::config {

struct Place {
  uint32_t line = 1;
  uint32_t column = 1;
};

/// Where a value begins.
Place place_of(const toml::value& value);
/// Where the key of a value begins, if it is on the value's line; else where the value begins.
Place place_of_key(const toml::value& value, std::string_view key);

/// The candidate that `word` was most likely meant to be; empty if none is close.
std::string closest(std::string_view word, std::span<const std::string_view> candidates);

class Problems {
 public:
  explicit Problems(std::string filename) : filename_(std::move(filename)) {}

  void add(Place place, const std::string& what, const std::string& meant);
  /// What is wrong with a value, with the error of its parser.
  void add(const toml::value& value, std::string_view path, const Error& error);
  void unknown_key(const toml::value& value, std::string_view path, std::string_view key,
                   std::span<const std::string_view> known);

  bool empty() const { return problems_.empty(); }
  const std::string& filename() const { return filename_; }
  /// All of them, as one error of one line each.
  Error error() const;

 private:
  struct Problem {
    Place place;
    std::string text;
  };
  std::string filename_;
  std::vector<Problem> problems_;
};

}  // namespace larder::config
