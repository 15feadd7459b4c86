// columns.cc – the table of columns.
#include "stat/columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/text.h"

namespace larder::tools {

namespace {

std::string percent(double ratio) { return ratio < 0 ? "-" : fmt::format("{:.2f}", 100 * ratio); }

double lifetime_hit_ratio(const CacheRow& row) {
  return row.figures[Counter::hits] + row.figures[Counter::misses] > 0 ? row.figures.hit_ratio() : -1;
}

std::string rate(const CacheRow& row, Counter counter) { return short_number(row.per_second(row.of(counter))); }

std::string total(const CacheRow& row, Counter counter) { return short_number(double(row.figures[counter])); }

double overhead(const CacheRow& row) { return row.figures.overhead_per_entry(); }

/// Index and tables are reserved for a full cache, so the share of an entry is large while a cache is nearly empty.
std::string overhead_text(const CacheRow& row) {
  if (row.figures.entries == 0) return "-";
  return overhead(row) < 1000 ? fmt::format("{:.1f} B", overhead(row)) : short_number(overhead(row)) + " B";
}

// clang-format off
constexpr std::array kColumns = {
    Column{"name", "CACHE", 12, [](const CacheRow& r) { return r.figures.name; }, nullptr},
    Column{"group", "GROUP", 9, [](const CacheRow& r) { return r.figures.group; }, nullptr},
    Column{"hit", "HIT%", 6, [](const CacheRow& r) { return percent(r.recent_hit_ratio()); },
           [](const CacheRow& r) { return r.recent_hit_ratio(); }},
    Column{"hit_all", "HIT% ALL", 8, [](const CacheRow& r) { return percent(lifetime_hit_ratio(r)); },
           [](const CacheRow& r) { return lifetime_hit_ratio(r); }},
    Column{"ops", "OPS/S", 6, [](const CacheRow& r) { return short_number(r.per_second(r.recent_operations())); },
           [](const CacheRow& r) { return r.per_second(r.recent_operations()); }},
    Column{"ops_all", "OPERATIONS", 14, [](const CacheRow& r) { return grouped(r.operations()); },
           [](const CacheRow& r) { return double(r.operations()); }},
    Column{"puts", "PUTS/S", 6, [](const CacheRow& r) { return rate(r, Counter::puts); },
           [](const CacheRow& r) { return r.per_second(r.of(Counter::puts)); }},
    Column{"used", "USED", 6, [](const CacheRow& r) { return short_bytes(r.figures.used_bytes); },
           [](const CacheRow& r) { return double(r.figures.used_bytes); }},
    Column{"budget", "BUDGET", 6, [](const CacheRow& r) { return short_bytes(r.figures.budget); },
           [](const CacheRow& r) { return double(r.figures.budget); }},
    Column{"max", "MAX", 6, [](const CacheRow& r) { return short_bytes(r.figures.budget_most); },
           [](const CacheRow& r) { return double(r.figures.budget_most); }},
    Column{"memory", "MEMORY", 6, [](const CacheRow& r) { return short_bytes(r.figures.reserved); },
           [](const CacheRow& r) { return double(r.figures.reserved); }},
    Column{"entries", "ENTRIES", 7, [](const CacheRow& r) { return short_number(double(r.figures.entries)); },
           [](const CacheRow& r) { return double(r.figures.entries); }},
    Column{"evict", "EVICT/S", 7, [](const CacheRow& r) { return rate(r, Counter::evictions); },
           [](const CacheRow& r) { return r.per_second(r.of(Counter::evictions)); }},
    Column{"evict_all", "EVICTED", 9, [](const CacheRow& r) { return total(r, Counter::evictions); },
           [](const CacheRow& r) { return double(r.figures[Counter::evictions]); }},
    Column{"expire", "EXPIR/S", 7, [](const CacheRow& r) { return rate(r, Counter::expirations); },
           [](const CacheRow& r) { return r.per_second(r.of(Counter::expirations)); }},
    Column{"expire_all", "EXPIRED", 8, [](const CacheRow& r) { return total(r, Counter::expirations); },
           [](const CacheRow& r) { return double(r.figures[Counter::expirations]); }},
    Column{"overhead", "OVERHEAD", 8, [](const CacheRow& r) { return overhead_text(r); },
           overhead},
};
// clang-format on

}  // namespace

std::span<const Column> columns() { return kColumns; }

const Column* find_column(std::string_view key) {
  const auto found = std::find_if(kColumns.begin(), kColumns.end(), [&](const Column& c) { return key == c.key; });
  return found == kColumns.end() ? nullptr : &*found;
}

std::string column_keys() {
  std::string keys;
  for (const Column& column : kColumns) keys += (keys.empty() ? "" : ", ") + std::string(column.key);
  return keys;
}

void sort_rows(std::vector<CacheRow>& rows, const Column& column) {
  std::stable_sort(rows.begin(), rows.end(), [&](const CacheRow& a, const CacheRow& b) {
    return column.order != nullptr ? column.order(a) > column.order(b) : column.cell(a) < column.cell(b);
  });
}

}  // namespace larder::tools
