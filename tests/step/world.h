// world.h – the small segment on which step tests run one operation, and the model it is compared with.
//
// What it is    a segment of one cache (cache_state.h) or one store (store_state.h) in one of four start states each,
//               kept as an image, so that any number of runs start from the very same bytes. Values are functions of
//               key and version: version 1 is the start state, 2 the operation under test, 3 and above everybody else.
//               What an operation must answer and leave, the same operation says in an in-process map.
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
  empty,          ///< a cache with nothing in it
  half,           ///< with room for everything: a dozen entries, nothing ever evicted
  full,           ///< without a free page to spare
  expired,        ///< full of expired entries
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

class MapCache;

/// One operation under test.
struct Operation {
  std::string name;
  Fill fill = Fill::half;
  std::function<std::string(Worker&)> run;           ///< an answer that begins with "wrong" is never right
  std::function<std::string(MapCache&)> on_cache{};  ///< what it answers and does, of a cache
  std::function<std::string(Store&)> on_store{};     ///< the same, of a store
  /// The two calls that this is, if it is not one: others may come between.
  std::vector<std::function<std::string(Store&)>> calls{};
  bool may_drop = false;  ///< it may evict, so any key may be absent afterwards
  bool attaches = false;  ///< it attaches by itself; otherwise a worker with an open cache or store is prepared
  bool retires = false;   ///< the segment is of no use afterwards
};
/// Of a cache, and of a store: what each does in four start states, one after the other.
const std::vector<Operation>& operations();
const std::vector<Operation>& store_operations();
/// Those that nobody works beside: they last long, or retire the segment.
const std::vector<Operation>& last_operations();
/// Of either.
const Operation& operation_named(const std::string& name);

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
  Model during(const Operation& operation) const { return model_of(operation, false); }
  /// The model once it is done and nobody interfered.
  Model after(const Operation& operation) const { return model_of(operation, true); }
  /// Of a store: the model when others did all of this while the operation stood still, so that each key was changed by
  /// it before or after, or they came between its two calls.
  Model around(const Operation& operation, const std::vector<std::function<std::string(Store&)>>& others) const;
  /// What the operation answers when nobody interferes.
  std::string answer_of(const Operation& operation) const;

  /// Recovers from this image as if the worker had died in it; first asks the doctor about it, if so wanted. Empty, or
  /// the first thing that is wrong.
  std::string recover(const Image& image, const Operation& operation, bool ask_doctor);
  /// Checks the live segment while it may be used by others: audit and values.
  std::string check_live(const Model& model) const;
  /// Checks the live segment after everybody has gone: the same, and that nothing is half-done and no page is lost.
  std::string check_left(const Model& model) const;
  /// Of a cache: every key of the start state or of interferers, with one of these versions (1 only where the start
  /// state has it); those that the operation may write whatever it finds, also with version 2.
  Model beside(const Operation& operation, const std::vector<uint64_t>& versions) const;

 private:
  Model model_of(const Operation& operation, bool done) const;
  std::string recover_retired();

  Fill fill_;
  TempDirectory live_;
  TempDirectory recovery_;
  Image start_;
  std::unique_ptr<MapCache> map_;         ///< what the start state holds, of caches
  std::unique_ptr<Reference> reference_;  ///< the same, of stores
};

}  // namespace larder::test
