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

std::string get(const Segment&, const Cache& cache) {
  for (const std::string key : kKeys) {
    const std::string answer = read_answer(cache, key);
    if (answer.starts_with("wrong")) return fmt::format("get {}: {}", key, answer);
  }
  return {};
}

std::string put(const Segment&, const Cache& cache) {
  for (const std::string key : kKeys) {
    if (auto wrong = wanted("put " + key, cache.put(key, step_value(key, 3)), {PutResult::stored}); !wrong.empty())
      return wrong;
    if (read_answer(cache, key) != "hit 3") return fmt::format("{} is not there right after its put", key);
  }
  return {};
}

std::string add(const Segment&, const Cache& cache) {
  for (const std::string key : kKeys) {
    const PutResult result = cache.add(key, step_value(key, 3), {.ttl = hours(1)});
    if (auto wrong = wanted("add " + key, result, {PutResult::stored, PutResult::exists}); !wrong.empty()) return wrong;
  }
  return {};
}

std::string replace(const Segment&, const Cache& cache) {
  for (const std::string key : kKeys) {
    const PutResult result = cache.replace(key, step_value(key, 3));
    if (auto wrong = wanted("replace " + key, result, {PutResult::stored, PutResult::absent}); !wrong.empty())
      return wrong;
  }
  return {};
}

std::string view(const Segment&, const Cache& cache) {
  for (const std::string key : kKeys) {
    const View seen = cache.view(key);
    if (seen && !version_of(key, seen.text())) return "wrong view of " + key;
  }
  return {};
}

std::string touch(const Segment&, const Cache& cache) {
  for (const std::string key : kKeys) {
    if (cache.touch(key, hours(3)) && !cache.contains(key)) return key + " is gone right after its touch";
  }
  return {};
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

std::string remove(const Segment&, const Cache& cache) {
  for (const std::string key : kKeys) {
    cache.remove(key);
    if (cache.contains(key)) return key + " is there right after its removal";
  }
  return {};
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

}  // namespace

const std::vector<Peer>& peers() {
  static const std::vector<Peer> all = {
      {"get", &get},
      {"view", &view},
      {"get_many", &get_many},
      {"add", &add},
      {"replace", &replace},
      {"put", &put},
      {"touch", &touch},
      {"tags", &put_tagged_and_remove_tag},
      {"remove", &remove},
      {"attach", &attach},
      {"bury", &bury},
      {"keep", &keep},
      {"put_evicting", &put_evicting},
      {"clear", &clear},
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
