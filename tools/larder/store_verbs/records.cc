// records.cc – `larder store get | set | incr | del | scan | ttl`.
#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <iterator>

#include "common/json.h"
#include "common/table.h"
#include "common/text.h"
#include "config/units.h"
#include "store_verbs/open_store.h"

namespace larder::tools {

namespace {

struct RecordOptions : StoreVerb {
  std::string key, value, ttl;
  int64_t delta = 1;
  bool show = false, raw = false, if_absent = false, persist = false;
  uint64_t limit = 100;
};
using Shared = std::shared_ptr<RecordOptions>;

Result<std::optional<milliseconds>> ttl_of(const RecordOptions& options) {
  if (options.ttl.empty()) return std::optional<milliseconds>{};
  auto parsed = config::parse_duration(options.ttl);
  if (!parsed)
    return Error{parsed.error().code, fmt::format("--ttl {}: {}", options.ttl, parsed.error().message),
                 parsed.error().hint};
  return std::optional<milliseconds>(*parsed);
}

std::string content_of(const Record& record, bool show) {
  if (record.kind == RecordKind::counter) return std::to_string(record.number);
  return show ? escape(record.value) : fmt::format("({} bytes)", record.value.size());
}

void append(Json& json, const std::string& key, const Record& record, bool show) {
  json.begin_object().field("key", key).field("kind", to_string(record.kind));
  if (record.kind == RecordKind::counter) {
    json.field("number", record.number);
  } else {
    json.field("value_bytes", record.value.size()).field("version", record.version);
    if (show) json.field("value", record.value);
  }
  if (record.ttl) json.field("ttl_ms", record.ttl->count());
  json.end_object();
}

int run_get(const Program& program, const RecordOptions& options) {
  auto key = key_from(options.key, options, false);
  if (!key) return report(key.error());
  auto open = open_store(program, options, false);
  if (!open) return report(open.error());
  Record record;
  if (const StoreStatus found = open->store->fetch(*key, record); found != StoreStatus::ok)
    return explain(found, *open, *key);
  if (options.raw) {
    const std::string bytes = record.kind == RecordKind::counter ? std::to_string(record.number) : record.value;
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
    return kExitOk;
  }
  if (options.json) {
    Json json;
    append(json, *key, record, options.show);
    fmt::print("{}\n", json.text());
    return kExitOk;
  }
  fmt::print("key         {}\nkind        {}\n", escape(*key), to_string(record.kind));
  if (record.kind == RecordKind::counter) {
    fmt::print("number      {}\n", record.number);
  } else {
    fmt::print("value bytes {}\nversion     {}\n", record.value.size(), record.version);
  }
  fmt::print("expires in  {}\n", time_left(record.ttl));
  if (options.show && record.kind == RecordKind::value) fmt::print("value       {}\n", escape(record.value));
  return kExitOk;
}

int run_set(const Program& program, const RecordOptions& options) {
  auto key = key_from(options.key, options, true);
  if (!key) return report(key.error());
  auto ttl = ttl_of(options);
  if (!ttl) return report(ttl.error());
  std::string value = options.value;
  if (value == "-") {
    value = std::string(std::istreambuf_iterator<char>(std::cin), {});
  } else if (options.escaped) {
    auto bytes = unescape(value);
    if (!bytes) return report(bytes.error());
    value = *bytes;
  }
  auto open = open_store(program, options, true);
  if (!open) return report(open.error());
  const VersionAnswer answer =
      options.if_absent ? open->store->add(*key, value, *ttl) : open->store->key_set(*key, value, *ttl);
  return explain(answer.status, *open, *key);
}

int run_incr(const Program& program, const RecordOptions& options) {
  auto key = key_from(options.key, options, true);
  if (!key) return report(key.error());
  auto ttl = ttl_of(options);
  if (!ttl) return report(ttl.error());
  auto open = open_store(program, options, true);
  if (!open) return report(open.error());
  const CounterAnswer answer = open->store->counter_incr(*key, options.delta, *ttl);
  if (answer) fmt::print("{}\n", answer.value);
  return explain(answer.status, *open, *key);
}

int run_del(const Program& program, const RecordOptions& options) {
  auto key = key_from(options.key, options, false);
  if (!key) return report(key.error());
  auto open = open_store(program, options, true);
  if (!open) return report(open.error());
  return explain(open->store->key_delete(*key), *open, *key);
}

int run_ttl(const Program& program, const RecordOptions& options) {
  auto key = key_from(options.key, options, false);
  if (!key) return report(key.error());
  auto ttl = ttl_of(options);
  if (!ttl) return report(ttl.error());
  const bool write = options.persist || *ttl;
  auto open = open_store(program, options, write);
  if (!open) return report(open.error());
  if (write)
    return explain(options.persist ? open->store->persist(*key) : open->store->touch(*key, **ttl), *open, *key);
  const TtlAnswer answer = open->store->ttl(*key);
  if (answer) fmt::print("{}\n", time_left(answer.ttl));
  return explain(answer.status, *open, *key);
}

int run_scan(const Program& program, const RecordOptions& options) {
  auto prefix = key_from(options.key, options, false);
  if (!prefix) return report(prefix.error());
  auto open = open_store(program, options, false);
  if (!open) return report(open.error());
  Table table(
      {{"KEY", Table::Side::left}, {"KIND", Table::Side::left}, {"CONTENT", Table::Side::left}, {"EXPIRES IN"}});
  Json json;
  json.begin_array();
  uint64_t seen = 0, cursor = 0;
  bool more = false;
  do {
    const ScanPage page = open->store->scan(*prefix, cursor, 1000);
    if (page.status != StoreStatus::ok) return explain(page.status, *open, *prefix);
    for (const ScanItem& item : page.items) {
      if (seen == options.limit) {
        more = true;
        break;
      }
      ++seen;
      if (options.json) {
        append(json, item.key, item.record, options.show);
      } else {
        table.add({escape(item.key), to_string(item.record.kind), content_of(item.record, options.show),
                   time_left(item.record.ttl)});
      }
    }
    cursor = page.cursor;
  } while (cursor != 0 && !more);
  if (options.json) {
    fmt::print("{}\n", json.end_array().text());
  } else if (!table.empty()) {
    fmt::print("{}", table.text());
  }
  std::fflush(stdout);
  if (more) fmt::print(stderr, "(the first {} records; --limit N shows more)\n", grouped(seen));
  return kExitOk;
}

}  // namespace

void add_record_verbs(CLI::App& parent, Program& program) {
  const auto verb = [&](const char* name, const char* summary, const char* examples,
                        int (*run)(const Program&, const RecordOptions&), const Shared& options) {
    CLI::App* made = store_verb(parent, program, name, summary, examples, options,
                                [&program, options, run] { return run(program, *options); });
    made->add_flag("--escaped", options->escaped, "Key and value are written with \\xNN escapes");
    return made;
  };
  auto get = std::make_shared<RecordOptions>();
  CLI::App* made =
      verb("get", "Show one record; its value only if asked", "  larder store get greeting --value", &run_get, get);
  made->add_option("key", get->key, "The key")->required();
  made->add_flag("--value", get->show, "Also show the value, escaped");
  made->add_flag("--raw", get->raw, "Write only the value's bytes")->excludes("--value");
  made->add_flag("--json", get->json, "As JSON")->excludes("--raw");

  auto set = std::make_shared<RecordOptions>();
  made = verb("set", "Store a value", "  larder store set greeting hello --ttl 5m\n  larder store set blob - < file",
              &run_set, set);
  made->add_option("key", set->key, "The key; its first byte must not be a control character")->required();
  made->add_option("value", set->value, "The value; - reads it from standard input")->required();
  made->add_option("--ttl", set->ttl, "Time to live, e.g. 30s, 5m, 1d (default: for ever)");
  made->add_flag("--if-absent", set->if_absent, "Only if nothing is there");

  auto incr = std::make_shared<RecordOptions>();
  made = verb("incr", "Add to a counter and print it", "  larder store incr visits\n  larder store incr visits --by -3",
              &run_incr, incr);
  made->add_option("key", incr->key, "The key")->required();
  made->add_option("--by", incr->delta, "What to add")->capture_default_str();
  made->add_option("--ttl", incr->ttl, "New time to live (default: as it is)");

  auto del = std::make_shared<RecordOptions>();
  made = verb("del", "Remove one record", "  larder store del greeting", &run_del, del);
  made->add_option("key", del->key, "The key")->required();

  auto ttl = std::make_shared<RecordOptions>();
  made = verb("ttl", "Show or change a record's time to live",
              "  larder store ttl greeting\n  larder store ttl greeting --set 1h", &run_ttl, ttl);
  made->add_option("key", ttl->key, "The key")->required();
  made->add_option("--set", ttl->ttl, "New time to live");
  made->add_flag("--persist", ttl->persist, "For ever")->excludes("--set");

  auto scan = std::make_shared<RecordOptions>();
  made = verb("scan", "List records whose key begins with a prefix", "  larder store scan user: --limit 20 --value",
              &run_scan, scan);
  made->add_option("prefix", scan->key, "Beginning of the keys (default: all)");
  made->add_option("--limit", scan->limit, "At most so many")->capture_default_str();
  made->add_flag("--value", scan->show, "Also show values, escaped");
  made->add_flag("--json", scan->json, "As JSON");
}

}  // namespace larder::tools
