// dump.cc – `larder dump`: caches and stores of a segment into a file, and what is in such a file.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>

#include "common/interrupt.h"
#include "common/json.h"
#include "common/table.h"
#include "common/text.h"
#include "dump/reader.h"
#include "dump/take.h"
#include "program.h"

namespace larder::tools {

namespace {

struct DumpOptions {
  std::vector<std::string> names;
  std::string out, prefix, info;
  bool escaped = false, force = false, json = false;
};

const char* kind_name(dump::RegionKind kind) { return kind == dump::RegionKind::store ? "store" : "cache"; }

std::string json_of(const dump::Receipt& receipt, const std::string& segment, const std::string& file, double seconds) {
  Json json;
  json.begin_object().field("segment", segment).field("file", file).field("bytes", receipt.file_bytes);
  json.field("records", receipt.records).field("seconds", seconds).begin_array("regions");
  for (const dump::Taken& taken : receipt.regions) {
    json.begin_object().field("kind", kind_name(taken.region.kind)).field("name", taken.region.name);
    json.field("entries", taken.entries).field("values", taken.values).field("counters", taken.counters);
    json.field("payload_bytes", taken.payload_bytes).end_object();
  }
  return json.end_array().end_object().text();
}

std::string contents_of(const dump::Taken& taken) {
  if (taken.region.kind == dump::RegionKind::cache) return grouped(taken.entries) + " entries";
  return fmt::format("{} values, {} counters", grouped(taken.values), grouped(taken.counters));
}

Status to_stdout(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return Done{};
  return Error{Code::system, "cannot write to standard output", "is the disk full or the reader gone?"};
}

int run_dump(const Program& program, const DumpOptions& options) {
  dump::TakeOptions take{options.names, options.prefix, &interrupt::requested};
  if (options.escaped) {
    auto prefix = unescape(options.prefix);
    if (!prefix) return report(prefix.error());
    take.prefix = *prefix;
  }
  auto inspector = program.inspect();
  if (!inspector) return report(inspector.error());
  const std::string segment(inspector->name());
  const bool piped = options.out == "-";
  const std::string file = options.out.empty() ? segment + ".dump" : options.out;
  interrupt::install();
  const auto began = std::chrono::steady_clock::now();
  const auto receipt =
      piped ? dump::take(*inspector, take, to_stdout) : dump::take_to_file(*inspector, take, file, options.force);
  if (!receipt) return report(receipt.error());
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::FILE* said = piped ? stderr : stdout;  // standard output carries the dump
  if (options.json) {
    fmt::print(said, "{}\n", json_of(*receipt, segment, file, seconds));
    return kExitOk;
  }
  for (const dump::Taken& taken : receipt->regions) {
    fmt::print(said, "{} {}: {}, {} of keys and values\n", kind_name(taken.region.kind), taken.region.name,
               contents_of(taken), long_bytes(taken.payload_bytes));
  }
  fmt::print(said, "{}: {} records, {}; each as it was at some moment of {:.2f} s\n", piped ? "dump" : file,
             grouped(receipt->records), long_bytes(receipt->file_bytes), seconds);
  return kExitOk;
}

std::string json_of(const dump::Survey& survey) {
  Json json;
  json.begin_object().field("file", survey.name).field("bytes", survey.bytes).field("whole", survey.losses.empty());
  json.field("segment", survey.header.segment).field("created_unix_ms", survey.header.created_unix_ms);
  json.field("layout", survey.header.layout).begin_array("regions");
  for (size_t i = 0; i < survey.header.regions.size(); ++i) {
    json.begin_object().field("kind", kind_name(survey.header.regions[i].kind));
    json.field("name", survey.header.regions[i].name).field("records", survey.records[i]);
    if (survey.trailer) json.field("written", survey.trailer->records[i]);
    json.end_object();
  }
  json.end_array().begin_array("losses");
  for (const dump::Loss& loss : survey.losses)
    json.begin_object().field("at", loss.at).field("bytes", loss.bytes).field("what", loss.what).end_object();
  return json.end_array().end_object().text();
}

int run_info(const DumpOptions& options) {
  auto source = dump::open_file(options.info);
  if (!source) return report(source.error());
  auto survey = dump::survey(**source, options.info, dump::Damaged::salvage);
  if (!survey) return report(survey.error());
  if (options.json) {
    fmt::print("{}\n", json_of(*survey));
    return survey->losses.empty() ? kExitOk : kExitDamaged;
  }
  fmt::print("segment     {}\n", survey->header.segment);
  fmt::print("taken       {}\n", utc_time(survey->header.created_unix_ms));
  fmt::print("format      {} (of a segment of layout {})\n", dump::kFormat, survey->header.layout);
  fmt::print("file        {}, {} blocks\n\n", long_bytes(survey->bytes), grouped(survey->blocks.size()));
  Table table({{"KIND", Table::Side::left}, {"NAME", Table::Side::left}, {"RECORDS"}});
  for (size_t i = 0; i < survey->header.regions.size(); ++i)
    table.add({kind_name(survey->header.regions[i].kind), survey->header.regions[i].name, grouped(survey->records[i])});
  fmt::print("{}", table.text());
  if (survey->losses.empty()) return kExitOk;
  return report(kExitDamaged, fmt::format("{}: {}", options.info, survey->losses.front().what),
                "`larder load-dump --salvage` loads the records counted here");
}

int run(const Program& program, const DumpOptions& options) {
  return options.info.empty() ? run_dump(program, options) : run_info(options);
}

}  // namespace

void add_dump(Program& program) {
  auto options = std::make_shared<DumpOptions>();
  CLI::App* verb = program.verb("dump", "Write what caches and stores hold into a file, while workers work",
                                "  larder dump --out mail.dump\n  larder dump memory dnsTxt --out - | zstd > mail.zst\n"
                                "  larder dump --info mail.dump",
                                [&program, options] { return run(program, *options); });
  verb->add_option("names", options->names, "Caches and stores (default: all)");
  verb->add_option("--out", options->out, "The file; - writes to standard output (default: SEGMENT.dump)");
  verb->add_option("--prefix", options->prefix, "Only keys that begin so");
  verb->add_flag("--escaped", options->escaped, "The prefix is written with \\xNN escapes");
  verb->add_flag("--force", options->force, "Replace a file of that name");
  verb->add_flag("--json", options->json, "Print the figures as JSON");
  verb->add_option("--info", options->info, "Check such a file and say what is in it")
      ->excludes("--out")
      ->excludes("--prefix")
      ->excludes("--force");
}

}  // namespace larder::tools
