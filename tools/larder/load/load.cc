// load.cc – `larder load`: starts worker processes that act like a mail server's, and sums up what they did.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <thread>

#include "common/crew.h"
#include "common/interrupt.h"
#include "common/json.h"
#include "common/table.h"
#include "common/text.h"
#include "load/desk.h"
#include "load/load_options.h"
#include "program.h"
#include "worker_options.h"

namespace larder::tools {

namespace {

using Clock = std::chrono::steady_clock;

struct Kind {
  const char* name;
  uint32_t workers;
  Tally tally{};
};

/// Which kind and which number of its kind sits in each seat.
struct Member {
  size_t kind;
  uint32_t number;
};

struct Party {
  std::array<Kind, 3> kinds;
  std::vector<Member> members;
  uint64_t died = 0;
  int worst_code = kExitOk;  ///< of workers that gave up by themselves
};

Party invite(const LoadOptions& options) {
  Party party{{Kind{"smtp", options.smtp}, Kind{"imap", options.imap}, Kind{"jmap", options.jmap}}, {}, 0, kExitOk};
  for (size_t kind = 0; kind < party.kinds.size(); ++kind) {
    for (uint32_t number = 0; number < party.kinds[kind].workers; ++number) party.members.push_back({kind, number});
  }
  return party;
}

std::vector<std::string> arguments_of(const Program& program, LoadOptions options, const char* kind, uint32_t number,
                                      double seconds) {
  options.kind = kind;
  options.number = number;
  options.seconds = seconds;
  return worker_arguments("load-worker", program.segment, program.directory, options);
}

/// Refuses before anybody starts if the segment or one of the workload's caches is missing.
Status check_segment(const Program& program) {
  auto inspector = program.inspect();
  if (!inspector) return inspector.error();
  const SegmentFigures figures = observe::read_figures(*inspector, {.census = false});
  std::string missing;
  for (size_t i = 0; i < kPlaceCount; ++i) {
    const char* name = info_of(static_cast<Place>(i)).name;
    const auto same = [&](const CacheFigures& cache) { return cache.name == name; };
    if (std::none_of(figures.caches.begin(), figures.caches.end(), same))
      missing += (missing.empty() ? "" : ", ") + std::string(name);
  }
  if (missing.empty()) return Done{};
  return Error{Code::not_found,
               fmt::format("{}: the workload needs caches that are not there: {}", figures.name, missing),
               "make a segment with the default caches: larder create NAME"};
}

/// Takes the figures of those that ended, reports the dead, and replaces them if asked to.
Status attend(const Program& program, const LoadOptions& options, Crew& crew, Party& party, double seconds_left) {
  for (const Crew::Ended& ended : crew.collect()) {
    const Member member = party.members[ended.seat];
    Kind& kind = party.kinds[member.kind];
    Tally tally;
    if (crew.read(ended.seat, tally)) kind.tally.add(tally);
    if (Status cleared = crew.clear(ended.seat); !cleared) return cleared;
    if (ended.clean()) continue;
    ++party.died;
    fmt::print(stderr, "larder: {} worker {} {}\n", kind.name, ended.pid, ended.text());
    if (ended.code() > 0) {
      party.worst_code = std::max(party.worst_code, ended.code());
    } else if (options.respawn && !interrupt::requested() && (options.seconds <= 0 || seconds_left > 0.1)) {
      const double seconds = options.seconds > 0 ? seconds_left : 0;
      const Status started = crew.start(ended.seat, arguments_of(program, options, kind.name, member.number, seconds));
      if (!started) return started.error();
    }
  }
  return Done{};
}

std::string summary(const Party& party, double seconds) {
  Table table({{"KIND", Table::Side::left},
               {"WORKERS"},
               {"OPERATIONS"},
               {"OPS/S"},
               {"HITS"},
               {"PUTS"},
               {"REMOVED"},
               {"REFUSED"},
               {"WRONG VALUES"}});
  const auto add = [&](std::string name, uint32_t workers, const Tally& tally) {
    const double lookups = double(tally.hits + tally.misses);
    table.add({std::move(name), std::to_string(workers), grouped(tally.operations),
               grouped(uint64_t(double(tally.operations) / seconds)),
               lookups > 0 ? fmt::format("{:.2f} %", 100 * double(tally.hits) / lookups) : "-", grouped(tally.puts),
               grouped(tally.removes), grouped(tally.refused), grouped(tally.wrong)});
  };
  Tally all;
  uint32_t workers = 0;
  for (const Kind& kind : party.kinds) {
    if (kind.workers == 0) continue;
    add(kind.name, kind.workers, kind.tally);
    all.add(kind.tally);
    workers += kind.workers;
  }
  add("all", workers, all);
  return table.text();
}

void append_tally(Json& json, const Tally& tally, double seconds) {
  const double lookups = double(tally.hits + tally.misses);
  json.field("operations", tally.operations).field("operations_per_second", double(tally.operations) / seconds);
  json.field("hits", tally.hits).field("misses", tally.misses);
  json.field("hit_ratio", lookups > 0 ? double(tally.hits) / lookups : 0.0).field("puts", tally.puts);
  json.field("removes", tally.removes).field("touches", tally.touches).field("refused", tally.refused);
  json.field("wrong_values", tally.wrong);
}

std::string summary_json(const Party& party, double seconds) {
  Json json;
  Tally all;
  for (const Kind& kind : party.kinds) all.add(kind.tally);
  json.begin_object().field("seconds", seconds).field("died", party.died);
  append_tally(json, all, seconds);
  json.begin_array("kinds");
  for (const Kind& kind : party.kinds) {
    json.begin_object().field("kind", kind.name).field("workers", kind.workers);
    append_tally(json, kind.tally, seconds);
    json.end_object();
  }
  return json.end_array().end_object().text();
}

int run_load(const Program& program, const LoadOptions& options) {
  interrupt::install();
  if (const Status ready = check_segment(program); !ready) return report(ready.error());
  Party party = invite(options);
  if (party.members.empty())
    return report(kExitUsage, "no workers asked for", "for example: --smtp 2 --imap 2 --jmap 2");
  auto crew = Crew::open(party.members.size(), sizeof(Tally));
  if (!crew) return report(crew.error());
  const auto begin = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  for (size_t seat = 0; seat < party.members.size(); ++seat) {
    const Member member = party.members[seat];
    const Status started = crew->start(
        seat, arguments_of(program, options, party.kinds[member.kind].name, member.number, options.seconds));
    if (!started) return report(started.error());
  }
  bool told = false;
  while (crew->running() > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (interrupt::requested() && !told) {
      crew->signal_all(SIGTERM);
      told = true;
    }
    const Status attended = attend(program, options, *crew, party, options.seconds - elapsed());
    if (!attended) return report(attended.error());
  }
  const double seconds = elapsed();
  fmt::print("{}", options.json ? summary_json(party, seconds) + "\n" : summary(party, seconds));
  uint64_t wrong = 0;
  for (const Kind& kind : party.kinds) wrong += kind.tally.wrong;
  if (party.worst_code != kExitOk) return party.worst_code;
  return wrong > 0 || (party.died > 0 && !options.respawn) ? kExitNegative : kExitOk;
}

}  // namespace

void add_load(Program& program) {
  auto options = std::make_shared<LoadOptions>();
  CLI::App* verb = program.verb("load", "Run the built-in workload: SMTP, IMAP and JMAP worker processes",
                                "  larder load --segment mail --seconds 20\n"
                                "  larder load --smtp 2 --imap 1 --jmap 1 --rate 0 --seed 7",
                                [&program, options] { return run_load(program, *options); });
  verb->add_option("--smtp", options->smtp, "SMTP workers")->capture_default_str();
  verb->add_option("--imap", options->imap, "IMAP workers")->capture_default_str();
  verb->add_option("--jmap", options->jmap, "JMAP workers")->capture_default_str();
  verb->add_option("--seconds", options->seconds, "How long; 0 = until Ctrl-C")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--operations", options->operations, "End a worker after so many operations");
  verb->add_option("--rate", options->rate, "Operations/s of each worker; 0 = full speed")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  verb->add_option("--seed", options->seed, "The same seed gives the same requests")->capture_default_str();
  verb->add_option("--users", options->users, "Mail accounts")
      ->capture_default_str()
      ->check(CLI::Range(1u, 16'000'000u));
  verb->add_option("--domains", options->domains, "Remote domains")
      ->capture_default_str()
      ->check(CLI::Range(1u, 16'000'000u));
  verb->add_flag("--respawn", options->respawn, "Replace workers that are killed");
  verb->add_flag("--json", options->json, "Print the summary as JSON");
}

}  // namespace larder::tools
