#include "step/peers.h"

#include <fmt/format.h>

#include <array>

#include "sidecar/keeper.h"
#include "step/cache_state.h"
#include "step/world.h"
#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

using std::chrono::hours;

constexpr std::array kKeys = {"plain-0000", "new-0000", "plain-0005", "short-0000", "idle-0000", "large-0000"};

std::string wanted(const std::string& what, PutResult result, std::initializer_list<PutResult> allowed) {
  for (const PutResult one : allowed) {
    if (result == one) return {};
  }
  return fmt::format("{} is answered {}", what, to_string(result));
}

std::string get(const Cache& cache, const std::string& key) {
  const std::string answer = read_answer(cache, key);
  return answer.starts_with("wrong") ? fmt::format("get {}: {}", key, answer) : std::string();
}

std::string put(const Cache& cache, const std::string& key) {
  std::string wrong = wanted("put " + key, cache.put(key, step_value(key, 3)), {PutResult::stored});
  if (wrong.empty() && read_answer(cache, key) != "hit 3") wrong = key + " is not there right after its put";
  return wrong;
}

std::string add(const Cache& cache, const std::string& key) {
  const PutResult result = cache.add(key, step_value(key, 3), {.ttl = hours(1)});
  return wanted("add " + key, result, {PutResult::stored, PutResult::exists});
}

std::string replace(const Cache& cache, const std::string& key) {
  return wanted("replace " + key, cache.replace(key, step_value(key, 3)), {PutResult::stored, PutResult::absent});
}

std::string view(const Cache& cache, const std::string& key) {
  const View seen = cache.view(key);
  return seen && !version_of(key, seen.text()) ? "wrong view of " + key : std::string();
}

std::string touch(const Cache& cache, const std::string& key) {
  const bool lost = cache.touch(key, hours(3)) && !cache.contains(key);
  return lost ? key + " is gone right after its touch" : std::string();
}

std::string get_many(const Segment&, const Cache& cache) {
  std::array<std::array<std::byte, 128>, kKeys.size()> buffers{};
  std::array<Fetch, kKeys.size()> requests;
  for (size_t i = 0; i < kKeys.size(); ++i) requests[i] = {kKeys[i], buffers[i]};
  const size_t hits = cache.get_many(requests);
  size_t counted = 0;
  for (const Fetch& request : requests) {
    const std::string_view value(reinterpret_cast<const char*>(request.into.data()), request.answer.size);
    if (request.answer && !version_of(request.key, value)) return fmt::format("wrong value of {}", request.key);
    counted += request.answer ? 1 : 0;
  }
  return hits == counted ? std::string() : fmt::format("get_many says {} hits, answers {}", hits, counted);
}

std::string put_tagged_and_remove_tag(const Segment&, const Cache& cache) {
  const std::string key = "plain-0006";
  auto wrong = wanted("put tagged", cache.put(key, step_value(key, 3), {.tag = 21}), {PutResult::stored});
  if (!wrong.empty()) return wrong;
  if (!cache.remove_tag(21)) return "remove_tag failed";
  return cache.contains(key) ? key + " outlives its tag" : std::string();
}

std::string remove(const Cache& cache, const std::string& key) {
  cache.remove(key);
  return cache.contains(key) ? key + " is there right after its removal" : std::string();
}

std::string put_evicting(const Segment&, const Cache& cache) { return turn_over(cache); }

std::string attach(const Segment& segment, const Cache&) {
  const std::string path = segment.path();
  const Segment second = attach_segment(path.substr(0, path.rfind('/')), "peer");
  const std::string answer = read_answer(open_cache(second, "main"), "plain-0000");
  return answer.starts_with("wrong") ? answer : std::string();
}

std::string bury(const Segment& segment, const Cache&) {
  const uint32_t buried = segment.bury_dead();
  return buried == 0 ? std::string() : fmt::format("{} buried although nobody is dead", buried);
}

std::string keep(const Segment& segment, const Cache&) {
  auto keeper = sidecar::Keeper::take(segment);
  if (!keeper) return keeper.error().code == Code::busy ? std::string() : keeper.error().message;
  const auto cycle = keeper->run_cycle();
  return cycle.buried == 0 ? std::string() : fmt::format("the keeper buried {} although nobody is dead", cycle.buried);
}

std::string clear(const Segment&, const Cache& cache) {
  cache.clear();
  for (const std::string key : {"plain-0005", "plain-0007", "timed-0000"}) {
    if (cache.contains(key)) return key + " is there after clear";
  }
  return {};
}

/// Does the same to each of the keys.
Peer for_each_key(std::string name, std::string (*does)(const Cache&, const std::string&)) {
  Peer peer{.name = std::move(name), .run = {}};
  for (const std::string key : kKeys)
    peer.single.push_back([=](const Segment&, const Cache& cache) { return does(cache, key); });
  peer.run = [all = peer.single](const Segment& segment, const Cache& cache) {
    for (const Deed& one : all)
      if (std::string wrong = one(segment, cache); !wrong.empty()) return wrong;
    return std::string();
  };
  return peer;
}

}  // namespace

const std::vector<Peer>& peers() {
  static const std::vector<Peer> all = {
      for_each_key("get", &get),
      for_each_key("view", &view),
      {"get_many", &get_many, {&get_many}},
      for_each_key("add", &add),
      for_each_key("replace", &replace),
      for_each_key("put", &put),
      for_each_key("touch", &touch),
      {"tags", &put_tagged_and_remove_tag, {&put_tagged_and_remove_tag}},
      for_each_key("remove", &remove),
      {"attach", &attach, {&attach}},
      {"bury", &bury, {&bury}},
      {"keep", &keep, {&keep}},
      {"put_evicting", &put_evicting},
      {"clear", &clear, {&clear}},
  };
  return all;
}

std::string turn_over(const Cache& cache) {
  std::vector<std::string> keys;
  for (uint64_t i = 0; i < 700; ++i) keys.push_back(key_name("fill", i % 400));
  for (const std::string& key : step_keys())
    if (!key.starts_with("fill")) keys.push_back(key);
  for (const std::string& key : keys) {
    if (auto wrong = wanted("put " + key, cache.put(key, step_value(key, 3)), {PutResult::stored}); !wrong.empty()) {
      return wrong;
    }
  }
  return {};
}

}  // namespace larder::test
