// contestant.cc – who takes part, and what is common to all.
#include "versus/contestant.h"

#include <algorithm>

namespace larder::bench::versus {
namespace {

// Without its library a contestant's file is not built; these hide the functions of those.
#ifndef LARDER_ROCKSDB
constexpr auto start_hyperclock = nullptr;
#endif
#ifndef LARDER_LMDB
constexpr auto start_lmdb = nullptr;
#endif

constexpr Entrant kEntrants[] = {
    {"larder", Clock::cpu, true, "", start_larder},
    {"floor", Clock::cpu, false, "", start_floor},
    {"boost", Clock::sleeps, true, "", start_boost},
    {"hyperclock", Clock::cpu, true, "librocksdb-dev", start_hyperclock},
    {"lmdb", Clock::sleeps, false, "liblmdb-dev", start_lmdb},
    {"apcu", Clock::sleeps, true, "php-cli php-apcu", start_apcu},
    {"nginx", Clock::sleeps, true, "nginx libnginx-mod-http-lua", start_nginx},
    {"redis", Clock::wall, true, "redis-server", start_redis},
    {"memcached", Clock::wall, true, "memcached", start_memcached},
    {"driver-c++", Clock::cpu, true, "", start_driver},
    {"driver-php", Clock::cpu, true, "php-cli php-apcu", start_php_driver},
    {"driver-lua", Clock::cpu, true, "nginx libnginx-mod-http-lua", start_lua_driver},
};

}  // namespace

std::span<const Entrant> entrants() { return kEntrants; }

const char* to_string(Task task) {
  constexpr const char* kNames[] = {"get", "mix", "put", "touch"};
  return kNames[size_t(task)];
}

Report merged(std::span<const Report> reports) {
  Report all;
  for (const Report& report : reports) {
    all.cpu_ns += report.cpu_ns / int64_t(reports.size());
    all.wall_ns += report.wall_ns / int64_t(reports.size());
    all.hits += report.hits;
    all.wrong += report.wrong;
    all.latency.median = std::max(all.latency.median, report.latency.median);
    all.latency.p99 = std::max(all.latency.p99, report.latency.p99);
    all.latency.p999 = std::max(all.latency.p999, report.latency.p999);
  }
  return all;
}

}  // namespace larder::bench::versus
