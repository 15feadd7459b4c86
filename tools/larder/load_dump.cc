// load_dump.cc – `larder load-dump`: what `larder dump` wrote back into caches and stores.
#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <memory>

#include "common/interrupt.h"
#include "common/json.h"
#include "common/table.h"
#include "common/text.h"
#include "dump/load.h"
#include "program.h"

namespace larder::tools {

namespace {

struct LoadDumpOptions {
  std::string file;
  std::vector<std::string> only;
  std::string as;
  bool overwrite = false, missing = false, dry_run = false, salvage = false, json = false;
};

/// The file, or all of standard input.
struct Opened {
  std::string name;
  std::string input;
  std::unique_ptr<dump::Source> source;
};

Result<std::unique_ptr<Opened>> open(const std::string& file) {
  auto opened = std::make_unique<Opened>();
  opened->name = file;
  if (file != "-") {
    auto source = dump::open_file(file);
    if (!source) return source.error();
    opened->source = std::move(*source);
    return opened;
  }
  opened->name = "standard input";
  opened->input = std::string(std::istreambuf_iterator<char>(std::cin), {});
  opened->source = std::make_unique<dump::MemorySource>(opened->input);
  return opened;
}

uint64_t refused_in(const std::vector<dump::Loaded>& loaded) {
  uint64_t refused = 0;
  for (const dump::Loaded& region : loaded) refused += region.refused();
  return refused;
}

std::string json_of(const LoadDumpOptions& options, const dump::Survey& survey,
                    const std::vector<dump::Loaded>& loaded) {
  Json json;
  json.begin_object().field("file", survey.name).field("dry_run", options.dry_run);
  json.field("whole", survey.losses.empty()).begin_array("regions");
  for (const dump::Loaded& region : loaded) {
    json.begin_object().field("from", region.from.name).field("to", region.to).field("records", region.records);
    json.field("loaded", region.loaded).field("expired", region.expired).field("kept", region.kept);
    json.field("too_large", region.too_large).field("no_room", region.no_room).field("invalid", region.invalid);
    if (!region.full_text.empty()) json.field("full_text", region.full_text);
    json.end_object();
  }
  json.end_array().begin_array("losses");
  for (const dump::Loss& loss : survey.losses)
    json.begin_object().field("at", loss.at).field("bytes", loss.bytes).field("what", loss.what).end_object();
  return json.end_array().end_object().text();
}

void print(const LoadDumpOptions& options, const std::vector<dump::Loaded>& loaded) {
  Table table({{"FROM", Table::Side::left},
               {"TO", Table::Side::left},
               {"RECORDS"},
               {options.dry_run ? "WOULD LOAD" : "LOADED"},
               {"EXPIRED"},
               {"KEPT"},
               {"TOO LARGE"},
               {"NO ROOM"},
               {"INVALID"}});
  for (const dump::Loaded& region : loaded) {
    table.add({region.from.name, region.to, grouped(region.records), grouped(region.loaded), grouped(region.expired),
               grouped(region.kept), grouped(region.too_large), grouped(region.no_room), grouped(region.invalid)});
  }
  fmt::print("{}", table.text());
}

/// What of the file is not there any more.
void print_losses(const dump::Survey& survey) {
  std::fflush(stdout);
  for (const dump::Loss& loss : survey.losses)
    fmt::print(stderr, "lost: bytes {} to {}: {}\n", loss.at, loss.at + loss.bytes, loss.what);
  if (survey.losses.empty() || !survey.trailer) return;
  for (size_t i = 0; i < survey.records.size(); ++i) {
    const uint64_t written = survey.trailer->records[i], good = survey.records[i];
    if (written > good)
      fmt::print(stderr, "lost: {} of {} records of {}\n", grouped(written - good), grouped(written),
                 survey.header.regions[i].name);
  }
}

/// What stayed outside, and why; the exit code.
int explain_refusals(const std::vector<dump::Loaded>& loaded) {
  for (const dump::Loaded& region : loaded) {
    const std::string what = fmt::format("{} of {} records of {} stay outside", grouped(region.refused()),
                                         grouped(region.records), region.to);
    if (region.no_room > 0 && !region.full_text.empty())
      return report(kExitNegative, fmt::format("{}: {}", what, region.full_text), "make the store larger");
    if (region.no_room > 0)
      return report(kExitNegative, what + ": the cache has no room",
                    "is its mode refuse or off? see: larder conf show");
    if (region.too_large > 0)
      return report(kExitNegative, what + ": their values do not fit",
                    "give it more room (size = …), a store also larger pages (page = …)");
    if (region.invalid > 0)
      return report(kExitNegative, what + ": they expire more than ten years from now", "is the clock right?");
  }
  return kExitOk;
}

int run_load_dump(const Program& program, const LoadDumpOptions& options) {
  auto opened = open(options.file);
  if (!opened) return report(opened.error());
  const dump::Source& source = *(*opened)->source;
  auto survey = dump::survey(source, (*opened)->name, options.salvage ? dump::Damaged::salvage : dump::Damaged::refuse);
  if (!survey) return report(survey.error());
  auto segment =
      Segment::attach(program.segment, {.directory = program.directory, .kind = "tool", .read_only = options.dry_run});
  if (!segment) return report(segment.error());
  dump::LoadOptions load{options.only, options.as, dump::Present::refuse, options.dry_run, &interrupt::requested};
  if (options.overwrite) load.present = dump::Present::overwrite;
  if (options.missing) load.present = dump::Present::keep;
  interrupt::install();
  auto loaded = dump::load(*segment, source, *survey, load);
  if (!loaded) return report(loaded.error());
  if (options.json) {
    fmt::print("{}\n", json_of(options, *survey, *loaded));
  } else {
    print(options, *loaded);
    print_losses(*survey);
  }
  if (refused_in(*loaded) > 0) return explain_refusals(*loaded);
  return survey->losses.empty() ? kExitOk : kExitDamaged;
}

}  // namespace

void add_load_dump(Program& program) {
  auto options = std::make_shared<LoadDumpOptions>();
  CLI::App* verb = program.verb("load-dump", "Load a dump back into caches and stores",
                                "  larder load-dump mail.dump --dry-run\n"
                                "  larder load-dump mail.dump --only memory --as other --missing\n"
                                "  larder dump --segment a --out - | larder load-dump - --segment b",
                                [&program, options] { return run_load_dump(program, *options); });
  verb->add_option("file", options->file, "The dump; - reads standard input")->required();
  verb->add_option("--only", options->only, "Only these caches and stores of the dump");
  verb->add_option("--as", options->as, "Load the one that is chosen into the cache or store of this name");
  CLI::Option* missing = verb->add_flag("--missing", options->missing, "Leave keys that are there as they are");
  verb->add_flag("--overwrite", options->overwrite, "Replace keys that are there")->excludes(missing);
  verb->add_flag("--dry-run", options->dry_run, "Only count what would be loaded");
  verb->add_flag("--salvage", options->salvage, "Load the good blocks of a damaged file and say what is lost");
  verb->add_flag("--json", options->json, "Print the figures as JSON");
}

}  // namespace larder::tools
