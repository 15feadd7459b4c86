// targets.h – everything that reads bytes it has not written: one function for each, for fuzzers and for replays.
//
// What it is    a target takes any bytes and comes back; what it learned must not contradict itself (require). A fuzzer
//               (fuzzer.cc, built by `./dev prove fuzz`) looks for bytes that crash it; replay_test.cc runs every
//               target over its corpus, tests/fuzz/corpus/NAME, in every build.
// Concurrency   one thread.
#pragma once

#include <span>
#include <string_view>

namespace larder::fuzz {

struct Target {
  const char* name;
  const char* reads;  ///< what the bytes are taken for
  void (*run)(std::string_view bytes);
};

std::span<const Target> targets();
/// Null if there is none of that name.
const Target* find_target(std::string_view name);

/// Says what is wrong and aborts: the fuzzer and the replay take it for a crash.
void require(bool holds, const char* what);

void read_segment(std::string_view bytes);
void read_configuration(std::string_view bytes);
void read_words(std::string_view bytes);
void read_lists(std::string_view bytes);
void read_dump(std::string_view bytes);
void read_mail(std::string_view bytes);
void read_database(std::string_view bytes);

}  // namespace larder::fuzz
