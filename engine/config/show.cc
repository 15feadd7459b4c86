// show.cc – prints a configuration as TOML that parses back.
#include "config/show.h"

#include <fmt/format.h>

#include <algorithm>

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
  out.line("workers", std::to_string(segment.workers));
  out.line("threads", std::to_string(segment.threads));

  out.table("sidecar", "sidecar");
  out.line("interval", toml_text(format_duration(config.sidecar.interval)));
  out.line("retire", config.sidecar.retire ? "true" : "false");

  out.table("expire", "expire");
  const bool all =
      std::any_of(config.schedules.begin(), config.schedules.end(), [](const Schedule& s) { return s.cache == "*"; });
  if (!all) out.line("*", "\"never\"");
  for (const Schedule& schedule : config.schedules) out.line(schedule.cache, toml_text(format_cron(schedule.cron)));

  out.table("cache", "cache");
  out.line("negativeTtl", toml_text(format_duration(config.negative_ttl)));
  for (const CacheOptions& cache : segment.caches) print_cache(out, cache);
  return out.take();
}

}  // namespace larder::config
