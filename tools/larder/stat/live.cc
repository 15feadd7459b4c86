// live.cc – lays out one picture of the live screen.
#include "stat/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "common/table.h"
#include "common/text.h"

namespace larder::tools {

namespace {

constexpr size_t kMinBar = 8, kMaxBar = 24, kMinName = 8, kMaxName = 24, kUsedWidth = 13;

/// The columns that fit, and the widths of the flexible ones.
struct Plan {
  size_t name = kMaxName, bar = 0, gap = 2;
  std::vector<const Column*> shown;  ///< after the name; `budget` stands for used/budget with the bar before it
};

size_t width_of(const Column* column) { return std::string_view(column->key) == "budget" ? kUsedWidth : column->width; }

Plan plan_columns(const std::vector<CacheRow>& rows, const LiveView& view, size_t columns) {
  Plan plan;
  plan.name = std::string_view("CACHE").size();
  for (const CacheRow& row : rows) plan.name = std::max(plan.name, row.figures.name.size());
  plan.name = std::clamp<size_t>(plan.name, 12, kMaxName);
  for (const char* key : {"hit", "ops", "budget", "entries", "evict", "expire"}) plan.shown.push_back(find_column(key));
  const auto needed = [&] {
    size_t width = plan.name + (plan.bar > 0 ? plan.bar + plan.gap : 0);
    for (const Column* column : plan.shown) width += plan.gap + width_of(column);
    return width;
  };
  if (needed() > columns) plan.gap = 1;
  if (needed() > columns) plan.name = std::max(kMinName, plan.name - std::min(plan.name, needed() - columns));
  const auto add = [&](const char* key) {
    const Column* column = find_column(key);
    if (needed() + plan.gap + column->width <= columns) plan.shown.push_back(column);
  };
  if (view.wide) add("overhead");
  if (needed() + plan.gap + kMinBar <= columns) plan.bar = kMinBar;
  if (!view.wide) add("overhead");
  for (const char* key : {"puts", "hit_all", "evict_all", "expire_all", "memory", "max", "group"}) add(key);
  if (plan.bar > 0) plan.bar = std::min(kMaxBar, plan.bar + columns - std::min(columns, needed()));
  return plan;
}

std::string bar_of(double share, size_t width, const Paint& paint, bool utf8) {
  static constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto steps = utf8 ? 8u : 1u;
  const auto filled = static_cast<size_t>(std::lround(std::clamp(share, 0.0, 1.0) * double(width * steps)));
  std::string full, rest;
  for (size_t i = 0; i < filled / steps; ++i) full += utf8 ? "█" : "#";
  full += utf8 ? kEighths[filled % steps] : "";
  for (size_t i = (filled + steps - 1) / steps; i < width; ++i) rest += utf8 ? "·" : ".";
  return paint.accent(full) + paint.dim(rest);
}

std::string paint_cell(const Column* column, const CacheRow& row, const std::string& padded, const Paint& paint) {
  if (std::string_view(column->key).starts_with("hit") && column->order(row) >= 0) {
    const double ratio = column->order(row);
    return ratio >= 0.9 ? paint.good(padded) : ratio >= 0.5 ? paint.fair(padded) : paint.bad(padded);
  }
  return padded.ends_with(" 0") || padded.ends_with(" -") ? paint.dim(padded) : padded;
}

std::string cache_line(const Plan& plan, const CacheRow& row, const Paint& paint, bool utf8, bool total) {
  const std::string gap(plan.gap, ' ');
  const std::string name = fit_left(row.figures.name, plan.name, utf8 ? "…" : "~");
  std::string line = total ? paint.bold(name) : name;
  for (const Column* column : plan.shown) {
    const bool memory = std::string_view(column->key) == "budget";
    if (memory && plan.bar > 0) {
      const double share = row.figures.budget ? double(row.figures.used_bytes) / double(row.figures.budget) : 0;
      line += gap + bar_of(share, plan.bar, paint, utf8);
    }
    std::string cell = column->cell(row);
    if (memory) cell = fmt::format("{:>6}/{:>6}", short_bytes(row.figures.used_bytes), cell);
    cell = fit_right(cell, width_of(column));
    line += gap + (total ? paint.bold(cell) : paint_cell(column, row, cell, paint));
  }
  return line;
}

std::string cache_heading(const Plan& plan, const Paint& paint) {
  const std::string gap(plan.gap, ' ');
  std::string line = fit_left("CACHE", plan.name);
  for (const Column* column : plan.shown) {
    const bool memory = std::string_view(column->key) == "budget";
    if (memory && plan.bar > 0) line += gap + std::string(plan.bar, ' ');
    line += gap + fit_right(memory ? "USED/BUDGET" : column->title, width_of(column));
  }
  return paint.heading(line);
}

std::string title(const Sampler& sampler, size_t columns, const Paint& paint, bool utf8) {
  const SegmentFigures& now = sampler.now();
  const std::string dot = utf8 ? " · " : " | ";
  const int64_t unix_s = (now.created_unix_ms + sampler.age_ms()) / 1000;
  std::string left =
      " larder " + now.name + dot + long_bytes(now.memory) + dot + "up " + short_duration(sampler.age_ms());
  left += dot + (now.sidecar_alive ? fmt::format("sidecar {}", now.sidecar_pid) : std::string("no sidecar"));
  left += dot + fmt::format("{} worker{}", now.workers.size(), now.workers.size() == 1 ? "" : "s");
  if (now.buried > 0) left += dot + fmt::format("{} buried", now.buried);
  const std::string clock = fmt::format("{:02}:{:02}:{:02}Z ", unix_s / 3600 % 24, unix_s / 60 % 60, unix_s % 60);
  if (display_width(left) + clock.size() + 2 > columns) return paint.title(fit_left(left, columns, utf8 ? "…" : "~"));
  return paint.title(fit_left(left, columns - clock.size()) + clock);
}

constexpr const char* kWorkerForm = "{:<15}  {:>4}  {:>9}  {:<8}  {:>6}  {:>15}";

std::string worker_line(const WorkerRow& row, size_t columns, const Paint& paint) {
  const WorkerFigures& worker = row.figures;
  std::string line = fit_left(fmt::format(kWorkerForm, worker.kind, worker.slot, worker.pid, to_string(worker.state),
                                          short_number(row.operations_per_second), grouped(worker.operations)),
                              columns);
  if (worker.state == WorkerState::dead) return paint.bad(line);
  if (worker.state == WorkerState::stopped) return paint.fair(line);
  return line;
}

/// The caches that fit: the given order if one was asked for, else the busiest in the segment's order.
std::vector<CacheRow> choose(std::vector<CacheRow> rows, size_t count, const Column* sort) {
  if (sort != nullptr) {
    sort_rows(rows, *sort);
  } else if (rows.size() > count) {
    std::vector<double> rates;
    rates.reserve(rows.size());
    for (const CacheRow& row : rows) rates.push_back(double(row.recent_operations()));
    std::nth_element(rates.begin(), rates.begin() + static_cast<ptrdiff_t>(count), rates.end(), std::greater<>());
    const double least = rates[count];
    std::stable_partition(rows.begin(), rows.end(),
                          [&](const CacheRow& r) { return double(r.recent_operations()) > least; });
  }
  if (rows.size() > count) rows.resize(count);
  return rows;
}

std::string footer(const Sampler& sampler, const LiveView& view, size_t hidden, bool utf8) {
  const std::string dot = utf8 ? " · " : " | ";
  std::string text = "q quit" + dot + (view.all ? "a busy" : "a all") + dot + "l long" + dot +
                     fmt::format("s sort: {}", view.sort != nullptr ? view.sort->key : "none");
  text += dot + fmt::format("rates of {:.0f} s", sampler.seconds());
  return hidden > 0 ? text + dot + fmt::format("{} caches do not fit", hidden) : text;
}

struct Heights {
  size_t caches = 0, workers = 0;
  bool blanks = true;
};

Heights plan_rows(size_t caches, size_t workers, size_t fixed, size_t rows) {
  Heights heights;
  heights.blanks = rows >= fixed + 2 + 6;
  const size_t used = fixed + (heights.blanks ? 2 : 0);
  const size_t free = rows > used ? rows - used : 0;
  heights.workers = std::min(workers, std::max(std::min<size_t>(3, free / 2), free - std::min(free, caches)));
  heights.caches = std::min(caches, free - heights.workers);
  return heights;
}

}  // namespace

std::vector<std::string> compose(const Sampler& sampler, std::vector<CacheRow> rows, const LiveView& view,
                                 Extent extent, const Paint& paint, bool utf8) {
  const CacheRow total = sum_of(rows, fmt::format("all {} caches", rows.size()));
  if (!view.all) std::erase_if(rows, [](const CacheRow& row) { return row.idle(); });
  const std::vector<WorkerRow> workers = sampler.worker_rows();
  const size_t fixed = 5 + (view.notice.empty() ? 0 : 1) + (rows.empty() ? 1 : 0) + (workers.empty() ? 1 : 0);
  const Heights heights = plan_rows(rows.size(), workers.size(), fixed, extent.rows);
  const size_t hidden = rows.size() - heights.caches;
  const Plan plan = plan_columns(rows, view, extent.columns);  // for all rows, so that columns stay where they are
  rows = choose(std::move(rows), heights.caches, view.sort);

  std::vector<std::string> lines{title(sampler, extent.columns, paint, utf8)};
  if (!view.notice.empty()) lines.push_back(paint.fair(fit_left(view.notice, extent.columns)));
  if (heights.blanks) lines.emplace_back();
  lines.push_back(cache_heading(plan, paint));
  for (const CacheRow& row : rows) lines.push_back(cache_line(plan, row, paint, utf8, false));
  if (rows.empty()) lines.push_back(paint.dim("every cache is idle"));
  lines.push_back(cache_line(plan, total, paint, utf8, true));
  if (heights.blanks) lines.emplace_back();
  lines.push_back(paint.heading(
      fit_left(fmt::format(kWorkerForm, "WORKER", "SLOT", "PID", "STATE", "OPS/S", "OPERATIONS"), extent.columns)));
  for (size_t i = 0; i < heights.workers; ++i) lines.push_back(worker_line(workers[i], extent.columns, paint));
  if (workers.empty()) lines.push_back(paint.dim("nobody is attached"));
  if (lines.size() + 1 < extent.rows && heights.blanks) lines.resize(extent.rows - 1);
  lines.push_back(paint.dim(fit_left(footer(sampler, view, hidden, utf8), extent.columns, utf8 ? "…" : "~")));
  if (lines.size() > extent.rows) lines.resize(extent.rows);
  return lines;
}

}  // namespace larder::tools
