// keys.cc – `larder get` and `larder keys`: entries of a cache, read without changing anything.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "common/table.h"
#include "common/text.h"
#include "program.h"

namespace larder::tools {

namespace {

struct GetOptions {
  std::string key, cache;
  bool value = false, raw = false, escaped = false;
};

std::string or_dash(int64_t ms) { return ms < 0 ? "-" : short_duration(ms); }
std::string tag_text(int64_t tag) { return tag < 0 ? "-" : std::to_string(tag); }

void print_entry(const std::string& key, const observe::EntryInfo& info) {
  fmt::print("key         {}\n", escape(key));
  fmt::print("key bytes   {}\n", key.size());
  fmt::print("value bytes {}\n", info.value_bytes);
  fmt::print("ttl         {}\n", info.ttl_ms < 0 ? "none" : short_duration(info.ttl_ms));
  fmt::print("idle ttl    {}\n", info.idle_ms < 0 ? "none" : short_duration(info.idle_ms));
  fmt::print("tag         {}\n", info.tag < 0 ? "none" : std::to_string(info.tag));
  fmt::print("ring        {}\n", info.hot ? "hot" : "cold");
  fmt::print("references  {}\n", info.references);
}

bool has_cache(const observe::Inspector& inspector, const std::string& name) {
  const SegmentFigures figures = observe::read_figures(inspector, {.census = false});
  return std::any_of(figures.caches.begin(), figures.caches.end(),
                     [&](const CacheFigures& cache) { return cache.name == name; });
}

int run_get(const Program& program, const GetOptions& options) {
  std::string key = options.key;
  if (options.escaped) {
    auto bytes = unescape(options.key);
    if (!bytes) return report(bytes.error());
    key = *bytes;
  }
  auto inspector = program.inspect();
  if (!inspector) return report(inspector.error());
  observe::EntryInfo info;
  auto value = observe::peek(*inspector, options.cache, key, &info);
  if (!value) {
    if (value.error().code != Code::not_found || !has_cache(*inspector, options.cache)) return report(value.error());
    return report(kExitNegative, fmt::format("cache {}: key \"{}\" is not there", options.cache, escape(key)),
                  fmt::format("list keys: larder keys --cache {}", options.cache));
  }
  if (options.raw) {
    std::fwrite(value->data(), 1, value->size(), stdout);
    return kExitOk;
  }
  print_entry(key, info);
  if (options.value) fmt::print("value       {}\n", escape(*value));
  return kExitOk;
}

struct KeysOptions {
  std::string cache, prefix;
  uint64_t limit = 100;
  bool long_form = false, escaped = false;
};

int run_keys(const Program& program, const KeysOptions& options) {
  std::string prefix = options.prefix;
  if (options.escaped) {
    auto bytes = unescape(options.prefix);
    if (!bytes) return report(bytes.error());
    prefix = *bytes;
  }
  auto inspector = program.inspect();
  if (!inspector) return report(inspector.error());
  Table table({{"KEY", Table::Side::left}, {"VALUE"}, {"TTL"}, {"IDLE"}, {"TAG"}, {"RING"}, {"REFS"}, {"PAGE"}});
  uint64_t seen = 0;
  bool more = false;
  const auto visit = [&](const observe::EntryInfo& info) {
    if (seen == options.limit) {
      more = true;
      return false;
    }
    ++seen;
    if (options.long_form) {
      table.add({escape(info.key), grouped(info.value_bytes), or_dash(info.ttl_ms), or_dash(info.idle_ms),
                 tag_text(info.tag), info.hot ? "hot" : "cold", std::to_string(info.references),
                 std::to_string(info.page)});
    } else {
      fmt::print("{}\n", escape(info.key));
    }
    return true;
  };
  const Status listed = observe::list_entries(*inspector, options.cache, prefix, visit);
  if (!listed) return report(listed.error());
  if (options.long_form && !table.empty()) fmt::print("{}", table.text());
  std::fflush(stdout);
  if (more) fmt::print(stderr, "(the first {} keys; --limit N shows more, --prefix P others)\n", grouped(seen));
  return kExitOk;
}

}  // namespace

void add_get(Program& program) {
  auto options = std::make_shared<GetOptions>();
  CLI::App* verb = program.verb("get", "Show one entry: sizes, time to live, ring; its value only if asked",
                                "  larder get example.org. --cache dnsTxt --value\n"
                                "  larder get '\\x00\\x00\\x00\\x07' --escaped --cache accounts --raw > value.bin",
                                [&program, options] { return run_get(program, *options); });
  verb->add_option("key", options->key, "The key")->required();
  verb->add_option("--cache", options->cache, "The cache to look in")->required();
  verb->add_flag("--value", options->value, "Also show the value, escaped");
  verb->add_flag("--raw", options->raw, "Write only the value's bytes")->excludes("--value");
  verb->add_flag("--escaped", options->escaped, "The key is written with \\xNN escapes");
}

void add_keys(Program& program) {
  auto options = std::make_shared<KeysOptions>();
  CLI::App* verb = program.verb("keys", "List the keys of a cache",
                                "  larder keys --cache dnsMx --limit 20 --long\n"
                                "  larder keys --cache emailAddresses --prefix info",
                                [&program, options] { return run_keys(program, *options); });
  verb->add_option("--cache", options->cache, "The cache to list")->required();
  verb->add_option("--prefix", options->prefix, "Only keys that begin so");
  verb->add_option("--limit", options->limit, "At most so many")->capture_default_str();
  verb->add_flag("--long", options->long_form, "Also sizes, times to live, tag, ring, references, page");
  verb->add_flag("--escaped", options->escaped, "The prefix is written with \\xNN escapes");
}

}  // namespace larder::tools
