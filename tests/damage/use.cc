#include "damage/use.h"

#include <array>
#include <cstring>

#include "damage/subject.h"
#include "dump/take.h"
#include "larder/builder.h"
#include "larder/view.h"
#include "observe/observe.h"
#include "observe/policy.h"
#include "support/segments.h"

namespace larder::test {

Use::Use(const Segment& segment, uint64_t seed, Only only) : segment_(segment), random_(seed), only_(only) {
  for (const std::string& name : segment.cache_names())
    if (auto cache = segment.cache(name)) caches_.push_back(*cache);
  for (const std::string& name : segment.store_names())
    if (auto store = segment.store(name)) stores_.push_back(std::move(*store));
  if (only == Only::everything)
    if (auto keeper = sidecar::Keeper::take(segment)) keeper_.emplace(std::move(*keeper));
}

std::string Use::pick_key() {
  static constexpr char kKinds[] = {'k', 'd', 'x'};  // of the store: volatile, durable, droppable
  return key_name(std::string(1, kKinds[random_.below(3)]) + "ey", random_.below(kSubjectKeys));
}

Store::Ttl Use::pick_ttl() {
  if (random_.below(3) != 0) return std::nullopt;
  return milliseconds(random_.below(2) == 0 ? 1 + random_.below(20) : 1 + random_.below(1'000'000'000'000));
}

const char* Use::step() {
  const uint64_t choice = random_.below(1000);
  if (only_ == Only::everything && choice >= 990) return choice >= 998 ? look_on() : keep();
  const bool of_store = caches_.empty() || (!stores_.empty() && choice % 2 == 0);
  if (of_store) return stores_.empty() ? "nothing" : use_store(*stores_[random_.below(stores_.size())]);
  return use_cache(caches_[random_.below(caches_.size())]);
}

const char* Use::use_cache(const Cache& cache) {
  const std::string key = pick_key();
  std::array<std::byte, 100> into{};
  switch (random_.below(24)) {
    case 0:
    case 1:
    case 2: (void)cache.get(key, buffer_); return "get";
    case 3: (void)cache.get(key, into); return "get into a buffer";
    case 4: return read_many(cache);
    case 5:
      if (views_.size() > 6) views_.clear();
      if (View view = cache.view(key)) {
        buffer_.assign(view.text());
        views_.push_back(std::move(view));
      }
      return "view";
    case 6: (void)cache.contains(key); return "contains";
    case 7: cache.remove(key); return "remove";
    case 8: cache.touch(key, milliseconds(1 + random_.below(100'000))); return "touch";
    case 9: cache.remove_tag(static_cast<uint32_t>(random_.below(20))); return "remove_tag";
    case 10:
      if (random_.below(50) != 0) return "nothing";
      cache.clear();
      return "clear";
    case 11: return build(cache, key);
    default: return write_cache(cache, key);
  }
}

const char* Use::write_cache(const Cache& cache, const std::string& key) {
  const uint32_t longest = cache.max_value(key.size());
  const uint64_t length =
      random_.below(12) == 0 ? random_.below(longest + 1) / (1 + random_.below(4)) : random_.below(200);
  const std::string value(length, 'v');
  PutOptions options;
  if (random_.below(3) == 0) options.ttl = milliseconds(1 + random_.below(100'000));
  if (random_.below(9) == 0) options.idle = milliseconds(1 + random_.below(1000));
  if (random_.below(4) == 0) options.tag = static_cast<uint32_t>(random_.below(20));
  switch (random_.below(4)) {
    case 0: (void)cache.add(key, value, options); return "add";
    case 1: (void)cache.replace(key, value, options); return "replace";
    default: (void)cache.put(key, value, options); return "put";
  }
}

/// Fills a builder, and commits it or one begun before, or gives it up.
const char* Use::build(const Cache& cache, const std::string& key) {
  Builder builder = cache.reserve(key, 1 + random_.below(30'000));
  if (!builder) return "reserve";
  std::memset(builder.bytes().data(), 'b', builder.bytes().size());
  builders_.push_back(std::move(builder));
  if (random_.below(2) == 0) (void)builders_.front().commit();
  if (builders_.size() > 1 || !builders_.front()) builders_.erase(builders_.begin());
  return "build";
}

const char* Use::read_many(const Cache& cache) {
  std::array<std::string, 20> keys;
  std::array<std::array<std::byte, 64>, 20> buffers;
  std::array<Fetch, 20> requests;
  for (size_t i = 0; i < keys.size(); ++i) {
    keys[i] = pick_key();
    requests[i] = {keys[i], buffers[i]};
  }
  cache.get_many(requests);
  return "get_many";
}

const char* Use::keep() {
  switch (random_.below(3)) {
    case 0: segment_.bury_dead(); return "bury_dead";
    case 1:
      if (keeper_) keeper_->expire_all();
      return "expire_all";
    default:
      if (keeper_) keeper_->run_cycle();
      return "run_cycle";
  }
}

/// Maps the segment anew, as the tool does, and reads all of it.
const char* Use::look_on() {
  const auto inspector = observe::Inspector::open(segment_.path());
  if (!inspector) return "inspect";
  const auto regions = observe::list_regions(*inspector);
  const observe::RegionName& region = regions[random_.below(regions.size())];
  switch (random_.below(4)) {
    case 0: (void)observe::read_figures(*inspector); return "read_figures";
    case 1: (void)observe::read_policies(*inspector); return "read_policies";
    case 2: (void)dump::take(*inspector, {}, [](std::string_view) -> Status { return Done{}; }); return "dump";
    default:
      if (region.store)
        (void)observe::list_records(*inspector, region.name, {}, [](const ScanItem&) { return true; });
      else
        (void)observe::read_entries(*inspector, region.name, {},
                                    [](const observe::EntryInfo&, std::string_view) { return true; });
      return "list";
  }
}

}  // namespace larder::test
