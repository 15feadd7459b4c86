// sections.cc – [segment], [sidecar] and [expire].
#include "config/sections.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/units.h"
#include "os/numa.h"

namespace larder::config {
namespace {

constexpr uint32_t kThreadsPerWorker = 4;  // thread lines that a file which only says `workers` gets for each
constexpr uint32_t kMaxThreads = 64 * kMaxWorkers;

std::optional<Error> read_mode(const toml::value& value, uint32_t& mode) {
  std::string digits;
  if (value.is_string()) {
    digits = value.as_string().str;
  } else if (value.is_integer()) {
    digits = fmt::format("{:o}", value.as_integer());
  }
  while (digits.size() > 3 && digits.front() == '0') digits.erase(0, 1);
  for (const uint32_t allowed : {0600u, 0640u, 0660u}) {
    if (digits != fmt::format("{:o}", allowed)) continue;
    mode = allowed;
    return std::nullopt;
  }
  const std::string shown = value.is_string() ? fmt::format("\"{}\"", value.as_string().str) : type_of(value);
  return Error{Code::invalid_argument, fmt::format("{} is not a mode of a segment", shown),
               "write \"0600\" (owner), \"0640\" (group may inspect) or \"0660\" (group may attach)"};
}

std::vector<std::string_view> schedule_keys(const Config& config) {
  std::vector<std::string_view> keys{"*"};
  for (const CacheOptions& cache : config.segment.caches) keys.push_back(cache.name);
  return keys;
}

}  // namespace

Result<std::optional<Cron>> schedule_value(const toml::value& value) {
  if (value.is_boolean() && !value.as_boolean()) return std::optional<Cron>();
  if (!value.is_string()) {
    return Error{Code::invalid_argument, fmt::format("{} is not a schedule", type_of(value)),
                 "write a text such as \"15 * *\", or \"never\""};
  }
  const std::string& text = value.as_string().str;
  if (is_off_word(text)) return std::optional<Cron>();
  const Result<Cron> cron = parse_cron(text);
  if (!cron) return cron.error();
  return std::optional<Cron>(*cron);
}

void read_segment(const toml::value& table, Notes notes, SegmentOptions& segment) {
  Fields fields(table, "segment", notes);
  fields.name("name", segment.name);
  fields.custom("directory", [&](const toml::value& value) -> std::optional<Error> {
    const bool good = value.is_string() && (value.as_string().str.empty() || value.as_string().str.front() == '/');
    if (!good) {
      return Error{Code::invalid_argument, "not a directory",
                   "write an absolute path, or \"\" for $LARDER_DIR or /dev/shm"};
    }
    segment.directory = value.as_string().str;
    return std::nullopt;
  });
  fields.custom("mode", [&](const toml::value& value) { return read_mode(value, segment.mode); });
  std::string group;
  fields.text("group", group);
  if (!group.empty()) segment.group = group;
  fields.custom("numa", [&](const toml::value& value) -> std::optional<Error> {
    if (!value.is_string())
      return Error{Code::invalid_argument, fmt::format("{} is not a placement on NUMA nodes", type_of(value)),
                   "write \"interleave\" or a list of nodes such as \"0,2-3\""};
    if (const auto nodes = os::nodes_of_placement(value.as_string().str); !nodes) return nodes.error();
    segment.numa = value.as_string().str;
    return std::nullopt;
  });
  fields.integer("workers", segment.workers, {1, kMaxWorkers});
  if (notes.origins.count("segment.workers") != 0) segment.threads = segment.workers * kThreadsPerWorker;
  fields.integer("threads", segment.threads, {segment.workers, kMaxThreads});
  fields.finish();
}

void read_sidecar(const toml::value& table, Notes notes, SidecarSettings& sidecar) {
  Fields fields(table, "sidecar", notes);
  fields.duration("interval", sidecar.interval, {milliseconds(1), milliseconds(60'000)});
  fields.number("share", sidecar.share, {0, 1});
  fields.boolean("retire", sidecar.retire);
  fields.boolean("move", sidecar.move);
  fields.duration("moveInterval", sidecar.move_interval, {milliseconds(1000), milliseconds(3'600'000)});
  fields.finish();
}

void read_expire(const toml::value& table, Notes notes, Config& config) {
  const std::vector<std::string_view> keys = schedule_keys(config);
  for (const auto& [key, value] : table.as_table()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      const std::string meant = closest(key, keys);
      notes.problems.add(
          place_of_key(value, key), fmt::format("no cache is named \"{}\" in [expire]", key),
          meant.empty() ? "write the name of a cache, or \"*\" for all" : fmt::format("did you mean \"{}\"?", meant));
      continue;
    }
    const std::string path = "expire." + key;
    const Result<std::optional<Cron>> cron = schedule_value(value);
    if (!cron) {
      notes.problems.add(value, path, cron.error());
      continue;
    }
    std::erase_if(config.schedules, [&name = key](const Schedule& schedule) { return schedule.name == name; });
    if (*cron) config.schedules.push_back({key, **cron});
    notes.origin(path, value);
  }
  std::sort(config.schedules.begin(), config.schedules.end(),
            [](const Schedule& a, const Schedule& b) { return a.name < b.name; });
}

}  // namespace larder::config
