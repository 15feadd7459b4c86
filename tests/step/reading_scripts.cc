// reading_scripts.cc – scripts that read a cache and renew what they read; see cache_scripts.h.
#include <fmt/format.h>

#include <array>

#include "step/cache_scripts.h"
#include "step/cache_state.h"
#include "support/values.h"

namespace larder::test {
namespace {

using std::chrono::hours;

CacheScript get(std::string name, std::string key) {
  return both(std::move(name), [key](auto& cache) {
    std::string value;
    if (!cache.get(key, value)) return std::string("miss");
    const auto version = version_of(key, value);
    return version ? fmt::format("hit {}", *version) : std::string("wrong value");
  });
}

template <size_t size>
CacheScript get_into(std::string name, std::string key) {
  return both(std::move(name), [key](auto& cache) {
    std::array<std::byte, size> buffer{};
    const Lookup found = cache.get(key, buffer);
    const std::string_view value(reinterpret_cast<const char*>(buffer.data()), std::min<size_t>(found.size, size));
    if (found && !version_of(key, value)) return std::string("wrong value");
    return fmt::format("kind {} of {} bytes", static_cast<int>(found.kind), found.size);
  });
}

CacheScript get_many() {
  return both("get_many", [](auto& cache) {
    std::array<std::array<std::byte, 256>, 3> buffers{};
    std::array<Fetch, 3> requests{Fetch{"plain-0000", buffers[0]}, Fetch{"absent-0000", buffers[1]},
                                  Fetch{"plain-0001", buffers[2]}};
    const size_t hits = cache.get_many(requests);
    for (const Fetch& request : requests) {
      const std::string_view value(reinterpret_cast<const char*>(request.into.data()), request.answer.size);
      if (request.answer && !version_of(request.key, value)) return fmt::format("wrong value of {}", request.key);
    }
    return fmt::format("{} hits", hits);
  });
}

/// Views of so many keys at a time; the last ones of more than View::kMaxPins are private copies.
template <size_t count>
CacheScript view(std::string name, std::string stem) {
  return both(std::move(name), [stem](auto& cache) {
    std::array<View, count> views;
    std::string answer;
    for (size_t i = 0; i < count; ++i) {
      const std::string key = stem + std::to_string(i);
      views[i] = cache.view(key);
      const auto version = version_of(key, views[i].text());
      if (views[i] && !version) return "wrong view of " + key;
      answer += version ? fmt::format("hit {} ", *version) : "miss ";
    }
    return answer;
  });
}

CacheScript contains(std::string name, std::string key) {
  return both(std::move(name), [key](auto& cache) { return cache.contains(key) ? "yes" : "no"; });
}

/// Some renewals store the entry anew, which takes room.
CacheScript touch(std::string name, std::string key, hours ttl, bool anew = false) {
  return both(
      std::move(name), [key, ttl](auto& cache) { return cache.touch(key, ttl) ? "yes" : "no"; }, anew);
}

}  // namespace

std::vector<CacheScript> reading_scripts() {
  return {
      get("get_hit", "plain-0000"),
      get("get_miss", "absent-0000"),
      get("get_timed", "timed-0000"),
      get("get_idle", "idle-0000"),
      get("get_tagged", "tagged-0000"),
      get("get_expired", "short-0000"),
      get("get_large", "large-0000"),
      get_into<256>("get_into_buffer", "plain-0000"),
      get_into<8>("get_into_too_small", "plain-0000"),
      get_many(),
      view<1>("view", "plain-000"),
      view<1>("view_large", "large-000"),
      view<View::kMaxPins + 1>("view_beyond_pins", "plain-000"),
      contains("contains", "plain-0000"),
      contains("contains_expired", "short-0000"),
      touch("touch", "timed-0000", hours(2)),
      touch("touch_untimed", "plain-0000", hours(2), true),
      touch("touch_far", "plain-0000", hours(24 * 300), true),
      touch("touch_idle", "idle-0000", hours(2), true),
      touch("touch_large", "large-0000", hours(2), true),
      touch("touch_expired", "short-0000", hours(2), true),
  };
}

}  // namespace larder::test
