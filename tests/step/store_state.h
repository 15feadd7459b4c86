// store_state.h – what a store holds in step tests, in numbers, and the reference that says what it must hold.
//
// What it is    a key's code is one number: 0 nothing; a value's version, or 50 + a counter's number; and 100 for each
//               hour it has to live, rounded up (none = for ever). The reference is the in-process map: it is given
//               what the start state holds, runs the same operations, and is asked for the codes.
// Invariants    versions and numbers stay below 50.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "larder/segment.h"
#include "larder/store.h"
#include "step/world.h"

namespace larder::test {

constexpr const char* kStoreName = "memory";
constexpr size_t kTooLarge = 2000;  ///< bytes, two pages

/// The store of step tests: 64 KiB in pages of 1 KiB; keys that begin with 'd' are durable.
StoreOptions step_store();
std::shared_ptr<Store> open_step_store(const Segment& segment);
/// Makes the start state. Records that are to be expired are so some 100 ms later.
void fill_store(Store& store, Fill fill);
/// Leaves a record as a compactor leaves it that dies before it moves it.
void freeze(Store& store, const std::string& key);

/// "hit <code>", "miss", or "wrong …".
std::string read_answer(Store& store, const std::string& key);
/// The first key of the store that the model does not know; or nothing.
std::string unknown_key(Store& store, const Model& model);

/// Works on in a recovered store beside a model: sets, counts, removes. Where it was full, room is made first. Empty,
/// or the first wrong answer.
std::string work_on(Store& store);

/// Keys that operations and peers use.
const std::vector<std::string>& value_keys();
const std::vector<std::string>& counter_keys();

using Script = std::function<std::string(Store&)>;

class Reference {
 public:
  Reference() = default;
  explicit Reference(Store& start);

  struct Outcome {
    std::vector<std::string> answers;
    std::map<std::string, uint64_t> codes;
  };
  /// What the scripts answer and leave, one after the other.
  Outcome run(const std::vector<Script>& scripts) const;

 private:
  std::vector<ScanItem> start_;
};

/// Each key may have what one of the outcomes says.
Model either(const std::vector<Reference::Outcome>& outcomes);

/// Operations of others, on the same keys and on others, and one that writes everything anew and moves the rest.
struct StorePeer {
  std::string name;
  Script run;                    ///< all of it; answers what is wrong, or nothing
  std::vector<Script> single{};  ///< the operations of which it consists, so short that they can be counted; or none
};
const std::vector<StorePeer>& store_peers();
Script store_turn_over();

}  // namespace larder::test
