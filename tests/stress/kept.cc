#include "stress/kept.h"

#include <fmt/format.h>

#include "support/segments.h"
#include "support/values.h"

namespace larder::test {
namespace {

constexpr uint32_t kPage = 4096;
constexpr int kMostRefusals = 1000;  ///< of a value of several pages, in a row

std::string key_of(uint32_t seat, uint32_t number) { return fmt::format("kept-{}-{}", seat, number); }

/// Most fit a page; one in sixteen takes several.
size_t length_of(uint64_t version) { return kMinProofBytes + version * 37 % (version % 16 == 0 ? 9000 : 300); }

}  // namespace

CacheOptions shelf_options() {
  CacheOptions options = cache_options(kShelf, 4 << 20, kPage);
  options.mode = CacheMode::refuse;
  return options;
}

Keeping::Keeping(const Segment& segment, Shelf& shelf, uint32_t seat)
    : cache_(open_cache(segment, kShelf)), shelf_(shelf), seat_(seat) {}

std::string Keeping::step() {
  next_ = (next_ + 1) % kKept;
  const uint64_t version = shelf_.begun[seat_][next_] + 1;
  const std::string key = key_of(seat_, next_), value = value_of(key, version, length_of(version));
  shelf_.begun[seat_][next_] = version;
  PutResult result = cache_.put(key, value);
  // Pages in a row may not be had while processes that do not run at the moment hold some: that changed nothing.
  for (int again = 0; value.size() > kPage && result == PutResult::no_room && again < kMostRefusals; ++again)
    result = cache_.put(key, value);
  if (result != PutResult::stored)
    return fmt::format("a put of {} bytes that is to stay is answered {}", value.size(), to_string(result));
  shelf_.answered[seat_][next_] = version;
  return {};
}

std::string missing(const Cache& cache, Shelf& shelf, uint64_t& there) {
  std::string wrong;
  for (uint32_t seat = 0; seat < kSeats; ++seat)
    for (uint32_t number = 0; number < kKept; ++number) {
      std::atomic<uint64_t>&answered = shelf.answered[seat][number], &begun = shelf.begun[seat][number];
      const std::string key = key_of(seat, number);
      const auto value = value_in(cache, key);
      const uint64_t found = value ? version_of(key, *value).value_or(UINT64_MAX) : 0;
      if (found != answered && found != begun)
        wrong += fmt::format("{} has version {}, but {} was answered; ", key, found, answered.load());
      there += found != 0 ? 1 : 0;
      answered = begun = found;
    }
  return wrong;
}

}  // namespace larder::test
