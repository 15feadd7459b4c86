// worker_options.h – how `larder load` and `larder replay` hand options to the worker processes they start.
//
// What it is    a struct of options has one member `hand_over(visit)` that names each of them once: the parent visits
//               it with Sender, which makes a command line, the hidden verb of the worker with Receiver, which reads
//               it.
// Invariants    what a Sender writes, the Receiver of the same struct reads back.
// Concurrency   plain values.
// Crash         nothing is shared.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "program.h"

namespace larder::tools {

struct Sender {
  std::vector<std::string>& arguments;
  template <class T>
  void operator()(const char* name, const T& value) const {
    arguments.insert(arguments.end(), {name, fmt::format("{}", value)});
  }
};

struct Receiver {
  CLI::App& verb;
  template <class T>
  void operator()(const char* name, T& value) const {
    verb.add_option(name, value)->required();
  }
};

/// The command line of a worker that works on this segment; the crew adds its seat.
template <class Options>
std::vector<std::string> worker_arguments(const char* verb, const std::string& segment, const std::string& directory,
                                          Options options) {
  std::vector<std::string> arguments{verb};
  const Sender send{arguments};
  send("--segment", segment);
  if (!directory.empty()) send("--directory", directory);
  options.hand_over(send);
  return arguments;
}

/// The hidden verb of a worker.
template <class Options>
void add_worker(Program& program, const char* name, const char* summary, int (*run)(const Program&, const Options&)) {
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.verb(name, summary, "", [&program, options, run] { return run(program, *options); });
  verb->group("");  // started by its parent only
  options->hand_over(Receiver{*verb});
  verb->add_option("--seat", options->seat)->required();
}

}  // namespace larder::tools
