// figures.cc – read_figures: counters, gauges and the roster.
#include <algorithm>

#include "cache/resizer.h"
#include "observe/inspector.h"
#include "os/huge_pages.h"
#include "os/process.h"
#include "segment/superblock.h"

namespace larder {

const std::array<CounterInfo, kCounters> kCounterInfo = {{
#define LARDER_COUNTER(name, unit, text) {#name, unit, text},
#include "larder/counters.def"
#undef LARDER_COUNTER
}};

const char* to_string(WorkerState state) {
  switch (state) {
    case WorkerState::running: return "running";
    case WorkerState::stopped: return "stopped";
    case WorkerState::dead: return "dead";
  }
  return "unknown";
}

}  // namespace larder

namespace larder::observe {

using index::SlotWord;
using page::PageWord;

namespace {

constexpr uint64_t kSlotsCounted = 1 << 20;  ///< larger indexes are sampled

void count_pages(const policy::Plane& plane, CacheFigures& figures) {
  const page::PageTable& table = plane.rings.table();
  for (uint32_t page = 0; page < table.count(); ++page) {
    const uint64_t word = table.record(page).word.load_acquire();
    const page::State state = PageWord::state(word);
    if (state == page::State::free) ++figures.pages_free;
    if (state == page::State::ring) ++(PageWord::Ring::get(word) == 0 ? figures.pages_cold : figures.pages_hot);
    if (state == page::State::out) ++figures.pages_out;
    if (state >= page::State::building && state != page::State::out) ++figures.pages_runs;
    if (state != page::State::run) continue;
    ++figures.runs;
    ring::EntryAt entry;
    if (!policy::entry_of_run(plane, page, PageWord::generation(word), &entry)) ++figures.runs_loose;
  }
  figures.used_bytes = (table.count() - figures.pages_out - figures.pages_free) * figures.page_bytes;
}

DiskFigures disk_figures(const policy::Plane& plane, const cache::RegionHeader& header) {
  DiskFigures figures;
  figures.written_unix_ms = static_cast<int64_t>(header.store.disk_at.load_relaxed());
  figures.rows = header.store.disk_rows.load_relaxed();
  figures.failing_unix_ms = static_cast<int64_t>(header.store.disk_failing.load_relaxed());
  const page::PageTable& table = plane.rings.table();
  for (uint32_t page = 0; page < table.count(); ++page)
    figures.pages_waiting += table.record(page).dirty.load_relaxed() != 0 ? 1 : 0;
  return figures;
}

void take_census(const policy::Plane& plane, CacheFigures& figures) {
  const uint64_t slots = uint64_t{plane.index.bucket_count()} * index::kSlots;
  const uint32_t step = static_cast<uint32_t>(std::max<uint64_t>(1, slots / kSlotsCounted));
  uint64_t entries = 0, payload = 0, headers = 0;
  for_each_live(plane, step, [&](uint32_t, uint32_t, uint64_t word) {
    ring::EntryAt entry;
    if (!plane.reader.parse(static_cast<uint32_t>(SlotWord::Position::get(word)), entry)) return;
    ++entries;
    const uint64_t large = plane.reader.run_of(entry).bytes;
    const uint32_t own = entry.shape.key_size + (large == 0 ? entry.shape.value_size : 0);
    payload += own + large;
    headers += entry.shape.total - own;
  });
  figures.entries = entries * step;
  figures.payload_bytes = payload * step;
  figures.header_bytes = headers * step;
  figures.load = slots == 0 ? 0 : double(figures.entries) / double(slots);
}

CacheFigures cache_figures(const Inspector::Impl& seen, uint32_t number, bool census) {
  const policy::Plane& plane = seen.planes[number];
  const cache::RegionShape& shape = seen.header(number).shape;
  const segment::Tables& tables = seen.tables();
  CacheFigures figures;
  figures.name = seen.cache_name(number);
  const char* group = tables.directory[number].group;
  figures.group = std::string(group, strnlen(group, sizeof tables.directory[number].group));
  figures.page_bytes = shape.page_bytes;
  const Budget budget = cache::budget_of(seen.header(number), plane, tables.directory[number].region_at);
  figures.budget = budget.bytes;
  figures.budget_goal = budget.wanted;
  figures.budget_most = budget.most;
  figures.reserved = budget.reserved;
  figures.pages = budget.bytes / shape.page_bytes;
  figures.index_bytes = uint64_t{shape.buckets} * sizeof(index::Bucket);
  figures.ghost_bytes = (uint64_t{shape.ghost_lines} + shape.recent_lines) * sizeof(policy::GhostLine);
  figures.table_bytes = shape.pages_at - figures.index_bytes - figures.ghost_bytes;
  count_pages(plane, figures);
  if (seen.is_store(number)) figures.disk = disk_figures(plane, seen.header(number));
  if (census) take_census(plane, figures);
  for (uint32_t worker = 0; worker < tables.workers.size(); ++worker) {
    const base::Atomic64* row = tables.counter_row(worker, number);
    for (size_t i = 0; i < kCounters; ++i) figures.counters[i] += row[i].load_relaxed();
  }
  return figures;
}

WorkerFigures worker_figures(const Inspector::Impl& seen, uint32_t slot) {
  const segment::Tables& tables = seen.tables();
  const segment::WorkerSlot& worker = tables.workers[slot];
  WorkerFigures figures;
  figures.slot = slot;
  figures.kind = std::string(worker.kind, strnlen(worker.kind, sizeof worker.kind));
  figures.pid = worker.pid;
  figures.attached_unix_ms = worker.attached_unix_ms;
  figures.operations = tables.operations_of(slot) - worker.operations_before;
  if (!seen.is_held(segment::kWorkerLock + slot))
    figures.state = WorkerState::dead;
  else if (os::is_stopped({worker.pid, worker.start_ticks, worker.pid_namespace}))
    figures.state = WorkerState::stopped;
  for (const segment::ThreadLine& line : tables.lines_in_use()) {
    if (segment::OwnerWord::Slot::get(line.owner.load_acquire()) != slot + 1u) continue;
    ++figures.threads;
    figures.pins += line.work.load_relaxed() != 0 ? 1 : 0;
    for (const base::Atomic64& pin : line.pins) figures.pins += pin.load_relaxed() != 0 ? 1 : 0;
  }
  return figures;
}

}  // namespace

SegmentFigures read_figures(const Inspector& inspector, const FigureOptions& options) {
  const Inspector::Impl& seen = inspector.impl();
  const segment::Superblock& super = *seen.tables().super;
  SegmentFigures figures;
  figures.name = super.name;
  figures.path = seen.path;
  figures.bytes = super.size;
  if (options.census) figures.huge_bytes = os::bytes_in_huge_pages(seen.opened.mapping.data(), super.size);
  if (const Result<os::FileFacts> facts = seen.opened.file.facts()) figures.memory = facts->allocated;
  figures.layout = super.layout;
  figures.created_unix_ms = super.created_unix_ms;
  figures.retired = super.state.load_acquire() == static_cast<uint64_t>(segment::SegmentState::retired) ||
                    segment::from_another_boot(seen.opened.file, super);
  figures.sidecar_alive = seen.is_held(segment::kSidecarLock);
  figures.sidecar_pid = static_cast<int64_t>(super.sidecar_pid.load_relaxed());
  figures.sidecar_cycles = super.sidecar_cycles.load_relaxed();
  figures.buried = super.buried.load_relaxed();
  figures.worker_slots = super.worker_slots;
  for (uint32_t number = 0; number < seen.tables().directory.size(); ++number)
    figures.caches.push_back(cache_figures(seen, number, options.census));
  for (uint32_t slot = 0; slot < seen.tables().workers.size(); ++slot)
    if (segment::WorkerWord::Active::get(seen.tables().workers[slot].word.load_acquire()) != 0)
      figures.workers.push_back(worker_figures(seen, slot));
  return figures;
}

}  // namespace larder::observe
