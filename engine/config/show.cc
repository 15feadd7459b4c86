// show.cc – prints a configuration as TOML that parses back.
#include "config/show.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/prefixes.h"
#include "config/units.h"

namespace larder::config {
namespace {

/// A TOML text with everything escaped that must be.
std::string toml_text(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + '"';
}

/// A key as it may stand in a table header.
std::string key(std::string_view name) {
  return name.find('.') == std::string_view::npos ? std::string(name) : toml_text(name);
}

const char* word(CacheMode mode) {
  switch (mode) {
    case CacheMode::evict: return "evict";
    case CacheMode::refuse: return "refuse";
    case CacheMode::off: return "off";
  }
  return "evict";
}

class Printer {
 public:
  explicit Printer(const Config& config) : config_(config) {}

  /// Opens a table; `path` is its dotted name for origins.
  void table(const std::string& header, const std::string& path) {
    text_ += fmt::format("{}[{}]\n", text_.empty() ? "" : "\n", header);
    path_ = path;
  }
  void line(std::string_view name, const std::string& value) {
    const std::string origin = config_.origin_of(path_ + "." + std::string(name));
    text_ += fmt::format("{:<40} # {}\n", fmt::format("{} = {}", name == "*" ? "\"*\"" : key(name), value), origin);
  }
  /// One line of a list in the configuration.
  void entry(const ListEntry& entry, const std::string& file) {
    text_ += fmt::format("{:<40} # {}:{}\n", fmt::format("{} = {}", toml_text(entry.key), toml_text(entry.value)), file,
                         entry.line);
  }
  std::string take() { return std::move(text_); }

 private:
  const Config& config_;
  std::string path_;
  std::string text_;
};

/// The shortest number that reads back the same; TOML wants a point or an exponent only in fractions.
std::string number(double value) { return fmt::format("{}", value); }

void print_cache(Printer& out, const CacheOptions& cache) {
  const std::string path = "cache." + cache.name;
  out.table("cache." + key(cache.name), path);
  out.line("group", toml_text(cache.group));
  out.line("size", toml_text(format_size(cache.size)));
  if (cache.max_size != 0) out.line("max", toml_text(format_size(cache.max_size)));
  if (cache.min_size != 0) out.line("min", toml_text(format_size(cache.min_size)));
  out.line("cost", number(cache.miss_cost));
  out.line("ttl", toml_text(format_optional_duration(cache.ttl)));
  out.line("idle", toml_text(format_optional_duration(cache.idle)));
  out.line("expected", toml_text(format_size(cache.expected_entry)));
  out.line("page", cache.page_size == 0 ? "\"auto\"" : toml_text(format_size(cache.page_size)));
  out.line("mode", toml_text(word(cache.mode)));
  out.table(fmt::format("cache.{}.policy", key(cache.name)), path + ".policy");
  out.line("cold", number(cache.policy.cold));
  out.line("promote", std::to_string(cache.policy.promote));
  out.line("cap", std::to_string(cache.policy.cap));
  out.line("ghosts", number(cache.policy.ghosts));
  out.line("demote", cache.policy.demote ? "true" : "false");
  out.line("challenge", cache.policy.challenge ? "true" : "false");
  out.line("adapt", cache.policy.adapt ? "true" : "false");
  out.line("bySize", cache.policy.by_size ? "true" : "false");
  out.line("tune", cache.policy.tune ? "true" : "false");
}

void print_store(Printer& out, const Config& config, const StoreOptions& store) {
  const std::string path = "store." + store.name, header = "store." + key(store.name);
  const PersistSettings& persist = config.persistence.at(store.name);
  out.table(header, path);
  out.line("type", "\"memory\"");
  out.line("size", toml_text(format_size(store.size)));
  out.line("expected", toml_text(format_size(store.expected_entry)));
  out.line("page", store.page_size == 0 ? "\"auto\"" : toml_text(format_size(store.page_size)));
  out.line("droppable", format_prefixes(store.droppable));
  out.line("persist", format_prefixes(persist.first_bytes));
  out.table(header + ".persistence", path + ".persistence");
  out.line("directory", toml_text(persist.directory));
  out.line("interval", toml_text(format_duration(persist.interval)));
  out.table(header + ".purge", path + ".purge");
  const auto purge = std::find_if(config.purges.begin(), config.purges.end(),
                                  [&](const Schedule& schedule) { return schedule.name == store.name; });
  out.line("frequency", purge == config.purges.end() ? "\"never\"" : toml_text(format_cron(purge->cron)));
}

const char* word(ListSettings::Format format) {
  switch (format) {
    case ListSettings::Format::toml: return "toml";
    case ListSettings::Format::list: return "list";
    case ListSettings::Format::csv: return "csv";
  }
  return "list";
}

void print_list(Printer& out, const Config& config, const ListSettings& list) {
  const std::string path = "store." + list.name, header = "store." + key(list.name);
  out.table(header, path);
  out.line("type", "\"static\"");
  if (!list.file.empty()) {
    out.line("file", toml_text(list.file));
    out.line("format", toml_text(word(list.format)));
    if (list.format == ListSettings::Format::csv) {
      out.line("separator", toml_text({&list.separator, 1}));
      out.line("key", std::to_string(list.key_column));
      if (list.value_column) out.line("value", std::to_string(*list.value_column));
    }
    if (list.format != ListSettings::Format::toml) out.line("skip-first", list.skip_first ? "true" : "false");
  }
  out.line("patterns", list.patterns ? "true" : "false");
  out.table(header + ".limits", path + ".limits");
  out.line("size", toml_text(format_size(list.max_bytes)));
  out.line("entries", std::to_string(list.max_entries));
  out.line("entry", toml_text(format_size(list.max_entry_bytes)));
  if (!list.file.empty()) return;
  out.table(header + ".values", path);
  const auto origin = config.origins.find(path);
  const std::string file = origin == config.origins.end() ? "default" : origin->second.file;
  for (const ListEntry& entry : list.entries) out.entry(entry, file);
}

}  // namespace

std::string show(const Config& config) {
  Printer out(config);
  const SegmentOptions& segment = config.segment;
  out.table("segment", "segment");
  out.line("name", toml_text(segment.name));
  out.line("directory", toml_text(segment.directory));
  out.line("mode", fmt::format("\"{:04o}\"", segment.mode));
  out.line("group", toml_text(segment.group.value_or("")));
  out.line("numa", toml_text(segment.numa));
  out.line("workers", std::to_string(segment.workers));
  out.line("threads", std::to_string(segment.threads));

  out.table("sidecar", "sidecar");
  out.line("interval", toml_text(format_duration(config.sidecar.interval)));
  out.line("share", number(config.sidecar.share));
  out.line("retire", config.sidecar.retire ? "true" : "false");
  out.line("move", config.sidecar.move ? "true" : "false");
  out.line("moveInterval", toml_text(format_duration(config.sidecar.move_interval)));

  out.table("expire", "expire");
  const bool all =
      std::any_of(config.schedules.begin(), config.schedules.end(), [](const Schedule& s) { return s.name == "*"; });
  if (!all) out.line("*", "\"never\"");
  for (const Schedule& schedule : config.schedules) out.line(schedule.name, toml_text(format_cron(schedule.cron)));

  out.table("storage", "storage");
  out.line("lookup", toml_text(segment.default_store));
  for (const StoreOptions& store : segment.stores) print_store(out, config, store);
  for (const ListSettings& list : config.lists) print_list(out, config, list);

  out.table("cache", "cache");
  out.line("negativeTtl", toml_text(format_duration(config.negative_ttl)));
  for (const CacheOptions& cache : segment.caches) print_cache(out, cache);
  return out.take();
}

}  // namespace larder::config
