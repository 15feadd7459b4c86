// world.h – the small segment on which step tests run one operation, and the model it is compared with.
//
// What it is    a segment of one cache (16 KiB in pages of 512 bytes, at most kWorldMost) or one store (store_state.h)
// in one of several
//               start states, kept as an image, so that any number of runs start from the very same bytes. Values are
//               functions of key and version: version 1 is the start state, 2 the operation under test, 3 and above
//               everybody else. What a cache's operation changes it says itself; of a store's, the reference says it.
// Invariants    nobody is attached to the start image.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "larder/cache.h"
#include "larder/segment.h"
#include "larder/store.h"
#include "step/image.h"
#include "support/segments.h"
#include "support/temp_directory.h"

namespace larder::test {

constexpr uint64_t kWorldMost = 24 << 10;  ///< the largest budget of the cache

enum class Fill {
  quiet,          ///< a cache with a dozen entries, nothing ever evicted
  full,           ///< a cache without a free page to spare
  store_empty,    ///< a store with nothing in it
  store_half,     ///< with room for everything
  store_full,     ///< full, with garbage in every page: to write is to compact
  store_expired,  ///< full of expired records
};
constexpr bool of_store(Fill fill) { return fill >= Fill::store_empty; }

/// What the process under test holds.
struct Worker {
  std::string directory;  ///< of the live segment
  std::optional<Segment> segment;
  std::optional<Cache> cache{};
  std::shared_ptr<Store> store{};
};

/// How one key may change: version before and version after, 0 = absent.
struct Change {
  uint64_t before;
  uint64_t after;
};

/// One operation under test.
struct Operation {
  std::string name;
  Fill fill = Fill::quiet;
  std::string answer;                       ///< what run() answers when nobody interferes (caches)
  std::function<std::string(Worker&)> run;  ///< an answer that begins with "wrong" is never right
  std::map<std::string, Change> changes{};  ///< every other key keeps version 1
  std::string attempts{};                   ///< a key it writes only if somebody else changes its presence
  bool may_drop = false;                    ///< it may evict, so any key may be absent afterwards
  bool attaches = false;  ///< it attaches by itself; otherwise a worker with an open cache or store is prepared
  std::function<std::string(Store&)> on_store{};  ///< run(), of a store
};
const std::vector<Operation>& operations();
/// Those of them that are about values of several pages (large_operations.cc).
std::vector<Operation> large_operations();
/// Those that change the budget (resize_operations.cc); those of them that last long.
std::vector<Operation> resize_operations();
std::vector<Operation> lasting_operations();
const std::vector<Operation>& store_operations();
/// Of either.
const Operation& operation_named(const std::string& name);

/// "hit <version>", "miss" or "wrong value", from a lookup of this key.
std::string read_answer(const Cache& cache, const std::string& key);
/// A value as step tests write it: of three pages if the key begins with "large", else a short one.
std::string step_value(const std::string& key, uint64_t version);

/// Versions each key may have; 0 = absent.
using Model = std::map<std::string, std::vector<uint64_t>>;

class Reference;

class World {
 public:
  explicit World(Fill fill);
  ~World();

  /// Puts the start image (or the given one) in place as the live segment.
  void reset() { write_image(start_, live_path()); }
  void reset(const Image& image) { write_image(image, live_path()); }
  const Image& start() const { return start_; }
  const std::string& live() const { return live_.path(); }
  std::string live_path() const { return live_ / kSegmentFile; }
  /// Attaches (and opens the cache) as the operation wants it prepared.
  Worker prepare(const Operation& operation) const;

  /// The model if the operation may be anywhere between not begun and done.
  Model during(const Operation& operation) const;
  /// The model once it is done and nobody interfered.
  Model after(const Operation& operation) const;
  /// Of a store: the model when others did all of this while the operation stood still, so that each key was changed by
  /// it either before or after.
  Model around(const Operation& operation, const std::vector<std::function<std::string(Store&)>>& others) const;
  /// What the operation answers when nobody interferes.
  std::string answer_of(const Operation& operation) const;

  /// Recovers from this image as if the worker had died in it. Empty, or the first thing that is wrong.
  std::string recover(const Image& image, const Operation& operation);
  /// Checks the live segment while it may be used by others: audit and values.
  std::string check_live(const Model& model) const;
  /// Checks the live segment after everybody has gone: the same, and that nothing is half-done and no page is lost.
  std::string check_left(const Model& model) const;
  /// Any key of the start state or of interferers, with any version ever written or none.
  Model anything() const;

 private:
  Fill fill_;
  TempDirectory live_;
  TempDirectory recovery_;
  Image start_;
  std::unique_ptr<Reference> reference_;  ///< of stores
};

/// How many states to sample: `usual`, or everything if LARDER_STEP_FULL is set.
size_t sample_count(size_t usual, size_t all);

}  // namespace larder::test
