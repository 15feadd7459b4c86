// main.cc – bench_large: values of many pages: viewed, read, stored, built in place, and beside small entries that
// churn.
//
//   bench_large                  all of it, in half a minute
//   bench_large --seconds 2      longer runs of the churn
//
// Every value carries its number at its beginning and at its end; each one that is read is checked. The program fails
// only if one was wrong, or if a put was refused while nobody else was there.
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "larder/cache.h"
#include "larder/segment.h"
#include "support/clock.h"
#include "support/shm_block.h"

namespace larder::bench {
namespace {

constexpr uint64_t kMega = 1 << 20;
constexpr uint64_t kBudget = 50 * kMega;
constexpr uint64_t kSmallBytes = 200;
constexpr uint32_t kBoxes = 2;

struct Faults {
  uint64_t wrong = 0;    ///< values that were not what was put
  uint64_t refused = 0;  ///< puts not answered stored
  void note(PutResult result) { refused += result == PutResult::stored ? 0 : 1; }
};

[[noreturn]] void give_up(const Error& error) {
  fmt::print(stderr, "bench_large: {} {}\n", error.message, error.hint);
  std::exit(1);
}

void stamp(std::span<char> value, uint64_t number) {
  std::memcpy(value.data(), &number, sizeof number);
  std::memcpy(value.data() + value.size() - sizeof number, &number, sizeof number);
}

bool is_whole(std::string_view value) {
  return value.size() >= 8 && std::memcmp(value.data(), value.data() + value.size() - 8, 8) == 0;
}

/// Least, median and greatest nanoseconds of `work`, over `rounds`.
template <class Work>
std::string timed(uint32_t rounds, uint64_t per, const Work& work) {
  std::vector<double> spent;
  for (uint32_t round = 0; round < rounds; ++round) {
    const int64_t before = cpu_nanoseconds();
    work();
    spent.push_back(double(cpu_nanoseconds() - before) / double(per));
  }
  std::sort(spent.begin(), spent.end());
  return fmt::format("{:10.3f} ({:.3f}-{:.3f})", spent[spent.size() / 2], spent.front(), spent.back());
}

void measure_views(const Cache& cache, Faults& faults) {
  for (const uint64_t bytes : {uint64_t{64}, uint64_t{1000}, kMega, 10 * kMega}) {
    std::string value(bytes, 'v');
    stamp(value, bytes);
    faults.note(cache.put("viewed", value));
    const std::string ns = timed(9, 10'000, [&] {
      for (int i = 0; i < 10'000; ++i) {
        const View view = cache.view("viewed");
        faults.wrong += view.bytes().size() == bytes && is_whole(view.text()) ? 0 : 1;
      }
    });
    fmt::print("view of {:>9} bytes, ns            {}\n", bytes, ns);
  }
}

void measure_copies(const Cache& cache, Faults& faults) {
  for (const uint64_t bytes : {kMega, 10 * kMega}) {
    std::string value(bytes, 'v');
    std::vector<std::byte> into(bytes);
    uint64_t number = 0;
    const uint64_t times = 40 * kMega / bytes;
    const auto each = [&](const auto& work) {
      return timed(7, times * bytes, [&] {
        for (uint64_t i = 0; i < times; ++i) work();
      });
    };
    fmt::print("put of {:>10} bytes, ns a byte     {}\n", bytes, each([&] {
                 stamp(value, ++number);
                 faults.note(cache.put("copied", value));
               }));
    fmt::print("build of {:>8} bytes, ns a byte     {}\n", bytes, each([&] {
                 Builder builder = cache.reserve("copied", bytes);
                 std::memset(builder.bytes().data(), int(++number), builder.bytes().size());
                 faults.note(builder.commit());
               }));
    fmt::print("get of {:>10} bytes, ns a byte     {}\n", bytes,
               each([&] { faults.wrong += cache.get("copied", into) && into.front() == into.back() ? 0 : 1; }));
  }
}

/// What the processes that churn did.
struct Small {
  std::atomic<uint64_t> puts, refused;
};

/// Puts and gets small entries of many keys until it is killed.
[[noreturn]] void churn(const std::string& name, uint64_t seed, Small& small) {
  Result<Segment> segment = Segment::attach(name, {.directory = {}, .kind = "churn"});
  if (!segment) give_up(segment.error());
  const Result<Cache> cache = segment->cache("messages");
  if (!cache) give_up(cache.error());
  const std::string value(kSmallBytes, 's');
  std::string read;
  for (;; seed = seed * 6364136223846793005u + 1442695040888963407u) {
    const std::string key = fmt::format("small-{}", (seed >> 33) % 400'000);
    if (cache->get(key, read)) continue;
    small.refused += cache->put(key, value) == PutResult::stored ? 0 : 1;
    ++small.puts;
  }
}

/// A message list of 10 MB for each of a few mailboxes is replaced and read while small entries come and go.
void measure_churn(const Cache& cache, const std::string& name, double seconds, Faults& faults) {
  const ShmBlock block(sizeof(Small));
  auto* const small = new (block.data()) Small{};
  std::vector<pid_t> children;
  for (uint64_t i = 0; i < 2; ++i) {
    const pid_t pid = fork();
    if (pid == 0) churn(name, 77 + i, *small);
    children.push_back(pid);
  }
  std::string value(10 * kMega, 'm');
  std::vector<double> puts, views;
  uint64_t number = 0, found = 0, looked = 0, refused = 0;
  for (const int64_t end = wall_nanoseconds() + int64_t(seconds * 1e9); wall_nanoseconds() < end;) {
    const std::string key = fmt::format("mailbox-{}", ++number % kBoxes);
    stamp(value, number);
    int64_t before = wall_nanoseconds();
    refused += cache.put(key, value) == PutResult::stored ? 0 : 1;
    puts.push_back(double(wall_nanoseconds() - before) * 1e-6);
    for (int look = 0; look < 20; ++look) {
      usleep(1000);
      before = wall_nanoseconds();
      const View view = cache.view(fmt::format("mailbox-{}", look % kBoxes));
      views.push_back(double(wall_nanoseconds() - before) * 1e-3);
      ++looked;
      if (!view) continue;
      ++found;
      faults.wrong += is_whole(view.text()) ? 0 : 1;
    }
  }
  for (const pid_t pid : children) {
    int status = 0;
    faults.refused += waitpid(pid, &status, WNOHANG) == pid ? 1 : 0;  // it ended by itself
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
  }
  std::sort(puts.begin(), puts.end());
  std::sort(views.begin(), views.end());
  fmt::print("churn: {} puts of 10 MB, ms of wall time: median {:.2f}, p99 {:.2f}, most {:.2f}\n", puts.size(),
             puts[puts.size() / 2], puts[puts.size() * 99 / 100], puts.back());
  fmt::print("churn: no room for {} of them, and for {} of {} small ones\n", refused, small->refused.load(),
             small->puts.load());
  fmt::print("churn: {} views of 10 MB, us of wall time: median {:.2f}, p99 {:.2f}; {:.1f} % found\n", looked,
             views[views.size() / 2], views[views.size() * 99 / 100], 100 * double(found) / double(looked));
}

int run(double seconds) {
  SegmentOptions options;
  options.name = fmt::format("bench.{}", getpid());
  CacheOptions messages;
  messages.name = "messages";
  messages.size = kBudget;
  options.caches = {messages};
  Result<Segment> segment = Segment::create(options, "bench");
  if (!segment) give_up(segment.error());
  const Result<Cache> cache = segment->cache("messages");
  if (!cache) give_up(cache.error());
  Faults faults;
  measure_views(*cache, faults);
  measure_copies(*cache, faults);
  cache->clear();
  measure_churn(*cache, options.name, seconds, faults);
  if (const Status removed = segment->retire(); !removed) give_up(removed.error());
  fmt::print("{} wrong values, {} refused puts\n", faults.wrong, faults.refused);
  return faults.wrong == 0 && faults.refused == 0 ? 0 : 1;
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  CLI::App app("Measures values of many pages.");
  double seconds = 10;
  app.add_option("--seconds", seconds, "length of the churn")->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  return larder::bench::run(seconds);
}
