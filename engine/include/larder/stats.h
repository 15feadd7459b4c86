// stats.h – figures of a live segment, as plain values.
//
// What it is    what observe::read_figures() returns and tools print. Everything is read without a write permission.
// Invariants    counters only grow during the life of a segment, whoever dies; gauges are what a scan found.
// Concurrency   plain values; a snapshot of a moving thing, exact per counter, not across counters.
// Crash         reading changes nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace larder {

/// The counters of a cache, declared once in counters.def.
enum class Counter : uint8_t {
#define LARDER_COUNTER(name, unit, text) name,
#include "larder/counters.def"
#undef LARDER_COUNTER
  kCount
};
constexpr size_t kCounters = static_cast<size_t>(Counter::kCount);

struct CounterInfo {
  const char* name;
  const char* unit;
  const char* text;
};
/// Name, unit and meaning of each counter, in order.
extern const std::array<CounterInfo, kCounters> kCounterInfo;

/// How much of a store is on disk.
struct DiskFigures {
  int64_t written_unix_ms = 0;  ///< what changed before is on disk; 0 = nothing of it is kept there
  uint64_t rows = 0;
  uint64_t pages_waiting = 0;   ///< pages with changes that are not on disk yet, perhaps
  int64_t failing_unix_ms = 0;  ///< since when the disk cannot be written; 0 = it can
};

struct CacheFigures {
  std::string name;
  std::string group;
  uint64_t budget = 0;       ///< bytes of page memory that it may use now
  uint64_t budget_goal = 0;  ///< to which a change of the budget goes; `budget` if none is under way
  uint64_t budget_most = 0;  ///< bytes of the largest budget it can be given
  uint64_t reserved = 0;     ///< bytes of memory taken for its pages
  uint64_t page_bytes = 0;   ///< size of a page
  uint64_t pages = 0;        ///< of the budget
  uint64_t pages_out = 0;    ///< beyond it, out of use; the others there are on their way out
  uint64_t pages_free = 0;
  uint64_t pages_cold = 0;
  uint64_t pages_hot = 0;
  uint64_t pages_runs = 0;     ///< pages of values that take pages of their own
  uint64_t runs = 0;           ///< such values
  uint64_t runs_loose = 0;     ///< of them, those whose entry is gone and whose pages are not free yet
  uint64_t used_bytes = 0;     ///< bytes of the pages that are not free
  uint64_t entries = 0;        ///< live entries (occupied slots of the index)
  uint64_t payload_bytes = 0;  ///< key and value bytes of live entries (sampled above a million slots)
  uint64_t header_bytes = 0;   ///< entry headers and alignment of live entries
  uint64_t index_bytes = 0;
  uint64_t ghost_bytes = 0;
  uint64_t table_bytes = 0;  ///< page table, ring cells, tag epochs, descriptor
  double load = 0;           ///< occupied share of the index's slots
  DiskFigures disk;          ///< of stores
  std::array<uint64_t, kCounters> counters{};
  uint64_t operator[](Counter counter) const { return counters[static_cast<size_t>(counter)]; }
  /// Bytes beyond key and value per live entry: headers, index, ghosts, tables; 0 without entries.
  double overhead_per_entry() const {
    return entries ? double(header_bytes + index_bytes + ghost_bytes + table_bytes) / double(entries) : 0;
  }
  /// Hits of all lookups, 0..1; 0 without lookups.
  double hit_ratio() const {
    const double lookups = double((*this)[Counter::hits] + (*this)[Counter::misses]);
    return lookups > 0 ? double((*this)[Counter::hits]) / lookups : 0;
  }
};

enum class WorkerState : uint8_t { running, stopped, dead };
const char* to_string(WorkerState state);

struct WorkerFigures {
  uint32_t slot = 0;
  std::string kind;
  int64_t pid = 0;  ///< in the pid namespace of the worker
  WorkerState state = WorkerState::running;
  int64_t attached_unix_ms = 0;
  uint32_t threads = 0;     ///< thread lines it holds
  uint32_t pins = 0;        ///< pages it holds by hazards at this moment
  uint64_t operations = 0;  ///< since it attached
};

struct SegmentFigures {
  std::string name;
  std::string path;
  uint64_t bytes = 0;       ///< of address space: with every cache at its largest budget
  uint64_t memory = 0;      ///< bytes of memory that the file takes now
  uint64_t huge_bytes = 0;  ///< of it in pages of 2 MiB; 0 if the census was left out
  uint32_t layout = 0;
  int64_t created_unix_ms = 0;
  bool retired = false;  ///< or left from before the machine was started: nobody can attach to it
  bool sidecar_alive = false;
  int64_t sidecar_pid = 0;
  uint64_t sidecar_cycles = 0;
  uint64_t buried = 0;  ///< dead workers buried since creation
  uint32_t worker_slots = 0;
  std::vector<CacheFigures> caches;
  std::vector<WorkerFigures> workers;
};

}  // namespace larder
