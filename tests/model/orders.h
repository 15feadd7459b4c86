// orders.h – weakening the order of one access of the engine, and saying which accesses a model makes.
//
// What it is    LARDER_MODEL_WEAKEN=FILE:LINE:COLUMN makes the access at that place with the next weaker order
// (acquire,
//               release and both become relaxed; one of the total order becomes acquire, release or both).
//               LARDER_MODEL_PLACES=FILE appends a line for each place at which the program made an access that could
//               be weakened. tests/mutants/orders.py runs the models with places of its choice.
// Invariants    a place is where the engine calls a method of Atomic64 or PairCell, so one in a template or an inline
//               function is weakened for all its users.
// Concurrency   one program of one thread: relacy's threads are its own.
// Crash         not meant to survive.
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <source_location>
#include <string>
#include <string_view>

#include "base/atomic.h"

namespace larder::model {

class Orders {
 public:
  Orders() {
    const char* weakened = std::getenv("LARDER_MODEL_WEAKEN");
    if (weakened != nullptr) choose(weakened);
    const char* list = std::getenv("LARDER_MODEL_PLACES");
    if (list != nullptr) list_ = list;
    if (chosen_[0].file == nullptr && list_.empty()) return;
    running_ = this;
    base::weakened = [](const std::source_location& place) { return running_->met(place); };
  }
  ~Orders() {
    if (list_.empty()) return;
    std::FILE* file = std::fopen(list_.c_str(), "a");
    if (file == nullptr) std::abort();
    for (const Place& place : met_)
      if (place.file != nullptr) std::fprintf(file, "%s:%u:%u\n", place.file, place.line, place.column);
    if (std::fclose(file) != 0) std::abort();
  }
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;

 private:
  struct Place {
    const char* file = nullptr;
    unsigned line = 0, column = 0;
    bool operator==(const Place&) const = default;
  };

  /// Allocates nothing: within a run, memory is relacy's.
  void note(const Place& place) {
    for (size_t at = (place.line * 31 + place.column) % kMost, tried = 0; tried < kMost;
         at = (at + 1) % kMost, ++tried) {
      if (met_[at].file == nullptr) met_[at] = place;
      if (met_[at] == place) return;
    }
    std::abort();
  }
  void choose(const char* places) {
    size_t count = 0;
    for (const char* at = places; *at != 0; ++count) {
      char file[128];
      int length = 0;
      Place& place = chosen_[count];
      if (count + 1 == kMost || std::sscanf(at, "%127[^:]:%u:%u%n", file, &place.line, &place.column, &length) != 3 ||
          (at[length] != ',' && at[length] != 0)) {
        std::fprintf(stderr, "LARDER_MODEL_WEAKEN: not FILE:LINE:COLUMN,…: %s\n", at);
        std::exit(2);
      }
      place.file = names_.emplace_back(file).c_str();
      at += length + (at[length] == ',' ? 1 : 0);
    }
  }
  bool met(const std::source_location& place) {
    if (!list_.empty()) note({place.file_name(), place.line(), place.column()});
    for (const Place* chosen = chosen_.data(); chosen->file != nullptr; ++chosen)
      if (place.line() == chosen->line && place.column() == chosen->column &&
          std::string_view(place.file_name()).ends_with(chosen->file))
        return true;
    return false;
  }

  static constexpr size_t kMost = 1024;

  inline static Orders* running_ = nullptr;
  std::string list_;
  std::list<std::string> names_;
  std::array<Place, kMost> chosen_{};  ///< ends with the first that names no file
  std::array<Place, kMost> met_{};
};

}  // namespace larder::model
