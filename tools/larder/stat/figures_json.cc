// figures_json.cc – names of the JSON fields.
#include "stat/figures_json.h"

namespace larder::tools {

void append_worker(Json& json, const WorkerFigures& worker, const double* operations_per_second) {
  json.begin_object();
  json.field("slot", worker.slot).field("kind", worker.kind).field("pid", worker.pid);
  json.field("state", to_string(worker.state)).field("attached_unix_ms", worker.attached_unix_ms);
  json.field("threads", worker.threads).field("pins", worker.pins).field("operations", worker.operations);
  if (operations_per_second != nullptr) json.field("operations_per_second", *operations_per_second);
  json.end_object();
}

namespace {

void append_disk(Json& json, const DiskFigures& disk) {
  json.begin_object("disk").field("written_unix_ms", disk.written_unix_ms).field("rows", disk.rows);
  json.field("pages_waiting", disk.pages_waiting).field("failing_unix_ms", disk.failing_unix_ms).end_object();
}

void append_cache(Json& json, const CacheRow& row) {
  const CacheFigures& cache = row.figures;
  json.begin_object();
  json.field("name", cache.name).field("group", cache.group);
  json.field("hit_ratio", cache.hit_ratio()).field("recent_hit_ratio", std::max(row.recent_hit_ratio(), 0.0));
  json.field("operations", row.operations());
  json.field("operations_per_second", row.per_second(row.recent_operations()));
  json.field("evictions_per_second", row.per_second(row.of(Counter::evictions)));
  json.field("expirations_per_second", row.per_second(row.of(Counter::expirations)));
  json.field("budget_bytes", cache.budget).field("used_bytes", cache.used_bytes).field("entries", cache.entries);
  json.field("budget_goal_bytes", cache.budget_goal).field("max_bytes", cache.budget_most);
  json.field("memory_bytes", cache.reserved).field("pages_out", cache.pages_out);
  json.field("payload_bytes", cache.payload_bytes).field("header_bytes", cache.header_bytes);
  json.field("index_bytes", cache.index_bytes).field("ghost_bytes", cache.ghost_bytes);
  json.field("table_bytes", cache.table_bytes).field("overhead_bytes_per_entry", cache.overhead_per_entry());
  json.field("index_load", cache.load).field("page_bytes", cache.page_bytes).field("pages", cache.pages);
  json.field("pages_free", cache.pages_free).field("pages_cold", cache.pages_cold);
  json.field("pages_hot", cache.pages_hot).field("pages_runs", cache.pages_runs);
  json.field("runs", cache.runs).field("runs_loose", cache.runs_loose).begin_object("counters");
  for (size_t c = 0; c < kCounters; ++c) json.field(kCounterInfo[c].name, cache.counters[c]);
  json.end_object();
  if (cache.disk.written_unix_ms != 0) append_disk(json, cache.disk);
  json.end_object();
}

}  // namespace

std::string figures_json(const Sampler& sampler, const std::vector<CacheRow>& rows) {
  const SegmentFigures& figures = sampler.now();
  Json json;
  json.begin_object().begin_object("segment");
  json.field("name", figures.name)
      .field("path", figures.path)
      .field("size_bytes", figures.bytes)
      .field("memory_bytes", figures.memory)
      .field("huge_bytes", figures.huge_bytes);
  json.field("layout", figures.layout).field("created_unix_ms", figures.created_unix_ms);
  json.field("retired", figures.retired).field("worker_slots", figures.worker_slots);
  json.field("buried_workers", figures.buried).field("sidecar_alive", figures.sidecar_alive);
  json.field("sidecar_pid", figures.sidecar_pid).field("sidecar_cycles", figures.sidecar_cycles).end_object();
  json.field("interval_seconds", sampler.seconds()).begin_array("caches");
  for (const CacheRow& row : rows) append_cache(json, row);
  json.end_array().begin_array("workers");
  for (const WorkerRow& worker : sampler.worker_rows()) {
    append_worker(json, worker.figures, &worker.operations_per_second);
  }
  return json.end_array().end_object().text();
}

}  // namespace larder::tools
