// busy.h – one tireless user of a segment: random operations on all its caches, every value proved.
//
// What it is    the loop that stress workers (processes or threads) run. Values are functions of key and version, so
//               each read is checked; views are held over other operations and must not change meanwhile.
// Concurrency   one Busy per thread; they share the segment only.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "larder/cache.h"
#include "larder/segment.h"
#include "larder/view.h"
#include "support/values.h"

namespace larder::test {

/// The caches that Busy works on, from tiny (always evicting) to roomy.
std::vector<CacheOptions> busy_caches();

class Busy {
 public:
  Busy(const Segment& segment, uint64_t seed);

  /// One random operation. False if something was wrong; complaint() says what.
  bool step();
  const std::string& complaint() const { return complaint_; }

 private:
  struct Field {
    Cache cache;
    uint64_t keys;
    size_t longest;
  };
  struct Held {
    View view;
    std::string copy;
  };

  bool read(const Field& field, const std::string& key);
  bool look(const Field& field, const std::string& key);
  bool hold(const Field& field, const std::string& key);
  bool write(const Field& field, const std::string& key);
  bool many(const Field& field);
  bool upkeep(const Field& field, const std::string& key);
  bool resize(const Field& field);
  bool complain(std::string text);
  std::string pick_key(const Field& field);

  Random random_;
  std::vector<Field> fields_;
  std::deque<Held> held_;
  std::string buffer_;
  std::string complaint_;
};

}  // namespace larder::test
