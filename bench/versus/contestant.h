// contestant.h – one cache as bench_versus sees it: a data set is in it, one or two workers can be told to use it.
//
// All contestants of a data set live at once and take turns. Each has its own way to run workers (forked processes,
// threads, the workers of another program); the keys, the traces and what counts as an operation are the same for all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/crew.h"
#include "support/workload.h"

namespace larder::bench::versus {

constexpr uint32_t kKeptShare = 10;   ///< an evicting cache has memory for one key in this many
constexpr uint32_t kMixPeriod = 20;   ///< in the mix, one operation in this many writes
constexpr uint32_t kAllowance = 100;  ///< bytes of overhead an entry, in the budget of those that need one in bytes
constexpr uint32_t kTouchStep = 4;    ///< of the keys that are touched
constexpr size_t kBatch = 16;         ///< keys of one request "by 16"

/// Keys 0..keys-1 with values of one size.
struct DataSet {
  uint32_t keys = 0;
  uint32_t value_bytes = 0;
  bool evicting = false;  ///< the memory is for a tenth of it

  uint64_t kept() const { return evicting ? keys / kKeptShare : keys; }
  uint64_t budget() const { return uint64_t(double(kept()) * (payload() + kAllowance)); }
  double payload() const { return kMeanKeyLength + value_bytes; }  ///< bytes of a key and its value, on average
  bool operator==(const DataSet&) const = default;
};

/// `touch` asks for every fourth key once, whatever the number of operations: it brings the data set's pages back to a
/// worker whose turn comes after others' (keys were put in order, so neighbours share pages). It is not measured.
enum class Task : uint8_t { get, mix, put, touch };
const char* to_string(Task task);

/// What the workers are to do.
struct Job {
  Task task = Task::get;
  bool batched = false;     ///< keys go in requests of kBatch; in the mix, one batch in kMixPeriod writes
  uint64_t operations = 0;  ///< of each worker; a multiple of kBatch
  bool each = false;        ///< measure single operations; not together with `batched`
};

/// What there is of memory once the data set is in.
struct Memory {
  uint64_t bytes = 0;    ///< all that the cache takes
  uint64_t entries = 0;  ///< how many it holds
};

class Contestant {
 public:
  virtual ~Contestant() = default;
  virtual bool offers(Task task, bool batched) const = 0;
  /// Means of the workers' times, sums of their counts, the worst of their latencies.
  virtual Report run(uint32_t workers, const Job& job) = 0;
  /// None where the data set says nothing about it.
  virtual std::optional<Memory> memory() = 0;
};

/// One worker's requests, and the same in files for programs of other languages.
struct Traces {
  std::vector<std::vector<uint32_t>> ids;  ///< by worker
  std::vector<std::string> files;          ///< 32-bit ids, one after the other
};

/// What a contestant gets to begin with.
struct Setting {
  DataSet data;
  const Traces& traces;
  std::string directory;  ///< its own, in memory; removed by others
  std::string log() const { return directory + "/log"; }
};

/// What an operation's time is. See docs/performance.md.
enum class Clock : uint8_t {
  cpu,     ///< CPU time of the worker's thread
  sleeps,  ///< CPU time; with two workers, which may sleep on a lock, wall time as on a machine of one's own
  wall,    ///< wall time: the work is done by a server
};

struct Entrant {
  const char* name;
  Clock clock;
  bool evicts;
  const char* packages;  ///< of Debian, that it needs
  /// With the data set in it; null if the program it needs is not there. Null itself: built without its library.
  std::unique_ptr<Contestant> (*start)(const Setting&);
};

/// Larder first.
std::span<const Entrant> entrants();

/// One report for all.
Report merged(std::span<const Report> reports);

/// Hands each key with its value to `put` and ends the bench if that answers false.
template <class Put>
void fill(const DataSet& data, const char* name, Put put) {
  Key key;
  std::string value(data.value_bytes, 'v');
  for (uint32_t id = 0; id < data.keys; ++id) {
    stamp(value, id);
    if (!put(key.form(id), std::string_view(value))) fail("a put was refused while filling", name);
  }
}

std::unique_ptr<Contestant> start_larder(const Setting& setting);
std::unique_ptr<Contestant> start_floor(const Setting& setting);
std::unique_ptr<Contestant> start_boost(const Setting& setting);
std::unique_ptr<Contestant> start_hyperclock(const Setting& setting);
std::unique_ptr<Contestant> start_lmdb(const Setting& setting);
std::unique_ptr<Contestant> start_apcu(const Setting& setting);
std::unique_ptr<Contestant> start_nginx(const Setting& setting);
std::unique_ptr<Contestant> start_redis(const Setting& setting);
std::unique_ptr<Contestant> start_memcached(const Setting& setting);
std::unique_ptr<Contestant> start_driver(const Setting& setting);
std::unique_ptr<Contestant> start_php_driver(const Setting& setting);
std::unique_ptr<Contestant> start_lua_driver(const Setting& setting);

}  // namespace larder::bench::versus
