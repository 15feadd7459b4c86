// stat.cc – `larder stat`: a live screen on a terminal, one line per cache elsewhere, or JSON.
#include <fmt/format.h>
#include <fnmatch.h>

#include <cstdio>
#include <memory>
#include <thread>

#include "common/interrupt.h"
#include "common/table.h"
#include "common/text.h"
#include "program.h"
#include "stat/figures_json.h"
#include "stat/live.h"

namespace larder::tools {

namespace {

struct StatOptions {
  bool json = false, once = false, all = false, wide = false;
  double watch = 0, seconds = 0, wait = 0;
  std::string glob = "*", sort;
};

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// Opens the segment, waiting for it as long as --wait allows.
Result<observe::Inspector> open(const Program& program, const StatOptions& options) {
  const auto begin = Clock::now();
  for (;;) {
    auto inspector = program.inspect();
    if (inspector || seconds_since(begin) >= options.wait || interrupt::requested()) return inspector;
    if (inspector.error().code != Code::not_found && inspector.error().code != Code::unfinished) return inspector;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::vector<CacheRow> chosen_rows(const Sampler& sampler, const StatOptions& options) {
  std::vector<CacheRow> rows = sampler.cache_rows();
  std::erase_if(rows,
                [&](const CacheRow& row) { return fnmatch(options.glob.c_str(), row.figures.name.c_str(), 0) != 0; });
  return rows;
}

std::string plain_table(const Sampler& sampler, const StatOptions& options) {
  std::vector<CacheRow> rows = chosen_rows(sampler, options);
  if (!options.sort.empty()) sort_rows(rows, *find_column(options.sort));
  std::vector<Table::Column> titles;
  std::vector<const Column*> shown;
  for (const Column& column : columns()) {
    const std::string_view key = column.key;
    if (key == "hit" && options.watch <= 0) continue;  // one sample: only the whole life is known
    if ((key == "group" || key == "puts" || key == "max" || key == "memory") && !options.wide) continue;
    shown.push_back(&column);
    titles.push_back({column.title, key == "name" || key == "group" ? Table::Side::left : Table::Side::right});
  }
  Table table(std::move(titles));
  for (const CacheRow& row : rows) {
    std::vector<std::string> cells;
    cells.reserve(shown.size());
    for (const Column* column : shown) cells.push_back(column->cell(row));
    table.add(std::move(cells));
  }
  return table.text();
}

/// A line for each store that is kept on disk.
std::string disk_lines(const Sampler& sampler) {
  const int64_t now = sampler.now().created_unix_ms + sampler.age_ms();
  const auto seconds = [now](int64_t since) { return static_cast<double>(std::max<int64_t>(now - since, 0)) / 1000; };
  std::string lines;
  for (const CacheFigures& store : sampler.now().caches) {
    if (store.disk.written_unix_ms == 0) continue;
    lines += fmt::format("store {}: {} records on disk, all changes until {:.1f} s ago; {} pages wait\n", store.name,
                         store.disk.rows, seconds(store.disk.written_unix_ms), store.disk.pages_waiting);
    if (store.disk.failing_unix_ms != 0)
      lines += fmt::format("store {}: the disk has been failing for {:.0f} s (see larderd's log)\n", store.name,
                           seconds(store.disk.failing_unix_ms));
  }
  return lines;
}

/// Follows the segment to its successor once it was retired. Returns what to tell the person meanwhile.
std::string follow(const Program& program, observe::Inspector& inspector, Sampler& sampler) {
  if (!sampler.now().retired) return {};
  auto successor = program.inspect();
  if (successor && !observe::read_figures(*successor, {.census = false}).retired) {
    inspector = std::move(*successor);
    sampler.reset();
    sampler.take(inspector);
    return {};
  }
  return "this segment was retired; waiting for its successor";
}

const Column* next_sort(const Column* current) {
  if (current == nullptr) return find_column("ops");
  const char* order[] = {"ops", "hit", "used", "entries", "evict", "name"};
  for (size_t i = 0; i + 1 < std::size(order); ++i) {
    if (std::string_view(current->key) == order[i]) return find_column(order[i + 1]);
  }
  return nullptr;
}

int run_live(const Program& program, const StatOptions& options, observe::Inspector inspector) {
  Sampler sampler;
  LiveView view{options.all, options.wide, options.sort.empty() ? nullptr : find_column(options.sort), {}};
  const Paint paint(colours_wanted());
  const bool utf8 = utf8_wanted();
  const auto begin = Clock::now();
  const double interval = options.watch > 0 ? options.watch : 1;
  Screen screen;
  auto due = begin;
  for (;;) {
    if (Clock::now() >= due) {
      sampler.take(inspector);
      view.notice = follow(program, inspector, sampler);
      due = std::max(due, Clock::now() - std::chrono::seconds(1)) + std::chrono::milliseconds(int64_t(interval * 1000));
      if (seconds_since(begin) < 1) due = std::min(due, begin + std::chrono::milliseconds(500));  // soon a first rate
    }
    screen.draw(compose(sampler, chosen_rows(sampler, options), view, terminal_extent(), paint, utf8));
    if (options.seconds > 0 && seconds_since(begin) >= options.seconds) return kExitOk;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(due - Clock::now()).count();
    const double rest = options.seconds > 0 ? (options.seconds - seconds_since(begin)) * 1000 + 1 : double(left);
    switch (screen.wait(int(std::clamp(std::min(double(left), rest), 1.0, 60'000.0)))) {
      case 'q':
      case 'Q':
      case Screen::kInterrupt: return kExitOk;
      case 'a': view.all = !view.all; break;
      case 'l': view.wide = !view.wide; break;
      case 's': view.sort = next_sort(view.sort); break;
      default: break;
    }
  }
}

int run_plain(const Program& program, const StatOptions& options, observe::Inspector inspector) {
  interrupt::install();
  Sampler sampler;
  const auto begin = Clock::now();
  for (uint64_t round = 0;; ++round) {
    sampler.take(inspector);
    const std::string notice = follow(program, inspector, sampler);
    if (options.json) {
      fmt::print("{}\n", figures_json(sampler, chosen_rows(sampler, options)));
    } else {
      if (options.watch > 0)
        fmt::print("{}{}\n", round > 0 ? "\n" : "", utc_time(sampler.now().created_unix_ms + sampler.age_ms()));
      if (!notice.empty()) fmt::print("{}\n", notice);
      fmt::print("{}{}", plain_table(sampler, options), disk_lines(sampler));
    }
    if (std::fflush(stdout) != 0)
      return report(kExitInternal, "cannot write to standard output", "is the reader gone?");
    if (options.watch <= 0) return kExitOk;
    const auto next = begin + std::chrono::milliseconds(int64_t(options.watch * 1000 * double(round + 1)));
    while (Clock::now() < next && !interrupt::requested()) {
      if (options.seconds > 0 && seconds_since(begin) >= options.seconds) return kExitOk;
      std::this_thread::sleep_for(std::min<Clock::duration>(next - Clock::now(), std::chrono::milliseconds(50)));
    }
    if (interrupt::requested()) return kExitOk;
  }
}

int run_stat(const Program& program, const StatOptions& options) {
  if (!options.sort.empty() && find_column(options.sort) == nullptr) {
    return report(kExitUsage, fmt::format("--sort {}: no such column", options.sort), "columns: " + column_keys());
  }
  auto inspector = open(program, options);
  if (!inspector) {
    const int code = report(inspector.error());
    return options.wait > 0 && code == kExitNotFound ? kExitTimeout : code;
  }
  const auto names = observe::read_figures(*inspector, {.census = false}).caches;
  const auto matches = [&](const CacheFigures& c) { return fnmatch(options.glob.c_str(), c.name.c_str(), 0) == 0; };
  if (std::none_of(names.begin(), names.end(), matches)) {
    std::string known;
    for (const CacheFigures& cache : names) known += (known.empty() ? "" : ", ") + cache.name;
    return report(kExitNotFound, fmt::format("{}: no cache matches \"{}\"", inspector->name(), options.glob),
                  "caches: " + known);
  }
  const bool live = output_is_terminal() && !options.json && !options.once;
  return live ? run_live(program, options, std::move(*inspector)) : run_plain(program, options, std::move(*inspector));
}

}  // namespace

void add_stat(Program& program) {
  auto options = std::make_shared<StatOptions>();
  CLI::App* verb = program.verb("stat", "Watch the caches and workers of a segment",
                                "  larder stat --segment mail\n  larder stat --cache 'dns*' --watch 5 --json",
                                [&program, options] { return run_stat(program, *options); });
  verb->add_flag("--json", options->json, "One JSON object a sample, one line each");
  verb->add_flag("--once", options->once, "A plain table, also on a terminal");
  verb->add_option("--watch", options->watch, "Sample every SEC seconds (live screen: 1)")
      ->check(CLI::Range(0.05, 86400.0));
  verb->add_option("--seconds", options->seconds, "End after N seconds")->check(CLI::NonNegativeNumber);
  verb->add_option("--cache", options->glob, "Only caches that match this pattern, e.g. 'dns*'");
  verb->add_option("--sort", options->sort, "Order by a column, largest first: " + column_keys());
  verb->add_option("--wait", options->wait, "Wait up to SEC seconds for the segment")->check(CLI::NonNegativeNumber);
  verb->add_flag("--all", options->all, "Live screen: also idle caches");
  verb->add_flag("--long", options->wide, "More columns");
}

}  // namespace larder::tools
