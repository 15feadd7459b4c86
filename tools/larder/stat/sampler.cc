// sampler.cc – differences between samples.
#include "stat/sampler.h"

#include <algorithm>

namespace larder::tools {

namespace {

template <class Counters>
uint64_t operations_in(const Counters& count) {
  return count(Counter::hits) + count(Counter::misses) + count(Counter::puts) + count(Counter::removes) +
         count(Counter::touches);
}

void repeat_census(const SegmentFigures& from, SegmentFigures& to) {
  for (size_t i = 0; i < std::min(from.caches.size(), to.caches.size()); ++i) {
    to.caches[i].entries = from.caches[i].entries;
    to.caches[i].payload_bytes = from.caches[i].payload_bytes;
    to.caches[i].header_bytes = from.caches[i].header_bytes;
    to.caches[i].load = from.caches[i].load;
  }
}

}  // namespace

uint64_t CacheRow::operations() const {
  return operations_in([this](Counter counter) { return figures[counter]; });
}

uint64_t CacheRow::recent_operations() const {
  return operations_in([this](Counter counter) { return of(counter); });
}

double CacheRow::recent_hit_ratio() const {
  const double lookups = double(of(Counter::hits) + of(Counter::misses));
  return lookups > 0 ? double(of(Counter::hits)) / lookups : -1;
}

void Sampler::take(const observe::Inspector& inspector) {
  const auto begin = Clock::now();
  const bool census = samples_.empty() || begin >= next_census_;
  SegmentFigures figures = observe::read_figures(inspector, {.census = census});
  const auto end = Clock::now();
  if (census) {
    next_census_ = end + kThrift * (end - begin);
  } else {
    repeat_census(now(), figures);
  }
  const auto unix_time = std::chrono::system_clock::now().time_since_epoch();
  const int64_t unix_ms = std::chrono::duration_cast<std::chrono::milliseconds>(unix_time).count();
  samples_.push_back({end, unix_ms, std::move(figures)});
  while (samples_.size() > 2 && samples_.back().time - samples_[1].time >= kWindow) samples_.pop_front();
}

void Sampler::reset() {
  samples_.clear();
  next_census_ = {};
}

double Sampler::seconds() const {
  if (samples_.size() < 2) return double(std::max<int64_t>(age_ms(), 1)) / 1000;
  return std::chrono::duration<double>(samples_.back().time - samples_.front().time).count();
}

std::vector<CacheRow> Sampler::cache_rows() const {
  std::vector<CacheRow> rows;
  const auto& past = samples_.front().figures.caches;
  const bool compare = samples_.size() > 1;
  for (size_t i = 0; i < now().caches.size(); ++i) {
    CacheRow row{now().caches[i], now().caches[i].counters, seconds()};
    if (compare && i < past.size()) {
      for (size_t c = 0; c < kCounters; ++c) row.recent[c] -= std::min(row.recent[c], past[i].counters[c]);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<WorkerRow> Sampler::worker_rows() const {
  std::vector<WorkerRow> rows;
  for (const WorkerFigures& worker : now().workers) {
    WorkerRow row{worker, 0};
    const Sample* past = nullptr;
    uint64_t before = 0;
    for (const Sample& sample : samples_) {
      const auto& workers = sample.figures.workers;
      const auto same = std::find_if(workers.begin(), workers.end(), [&](const WorkerFigures& other) {
        return other.slot == worker.slot && other.pid == worker.pid &&
               other.attached_unix_ms == worker.attached_unix_ms;
      });
      if (same == workers.end()) continue;
      past = &sample;
      before = same->operations;
      break;
    }
    double seconds = double(samples_.back().unix_ms - worker.attached_unix_ms) / 1000;
    if (past != nullptr && past != &samples_.back()) {
      seconds = std::chrono::duration<double>(samples_.back().time - past->time).count();
    } else {
      before = 0;
    }
    if (seconds > 0)
      row.operations_per_second = double(worker.operations - std::min(before, worker.operations)) / seconds;
    rows.push_back(std::move(row));
  }
  return rows;
}

CacheRow sum_of(const std::vector<CacheRow>& rows, std::string name) {
  CacheRow sum;
  sum.figures.name = std::move(name);
  for (const CacheRow& row : rows) {
    CacheFigures& all = sum.figures;
    const CacheFigures& one = row.figures;
    all.budget += one.budget;
    all.used_bytes += one.used_bytes;
    all.entries += one.entries;
    all.payload_bytes += one.payload_bytes;
    all.header_bytes += one.header_bytes;
    all.index_bytes += one.index_bytes;
    all.ghost_bytes += one.ghost_bytes;
    all.table_bytes += one.table_bytes;
    for (size_t c = 0; c < kCounters; ++c) {
      all.counters[c] += one.counters[c];
      sum.recent[c] += row.recent[c];
    }
    sum.seconds = row.seconds;
  }
  return sum;
}

}  // namespace larder::tools
