// doctor.h – what is wrong with a segment, a configuration or the place it lives in, why, and what to do next.
//
// What it is    a table of checks. Each looks at one thing and says what it found: a verdict, a sentence, a cause and
//               the next command. diagnose() runs them all.
// Invariants    DR1 nothing is written: what is opened is opened for reading, and no worker slot is taken. DR2 there is
//               an answer on every state of the segment: each check runs where a crash or a loop ends only itself
//               (os/guarded.h), and that it did is a finding.
// Concurrency   one thread of a process with one thread; beside any number of workers.
// Crash         reads only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace larder::doctor {

enum class Verdict : uint8_t {
  ok,
  skipped,  ///< there was nothing to look at; another finding says why
  notice,   ///< good to know
  warning,  ///< works, but not as it should
  error,    ///< does not work, or not for long
};
const char* to_string(Verdict verdict);

struct Finding {
  std::string check;  ///< name of the check
  Verdict verdict = Verdict::ok;
  std::string what;   ///< one sentence, with names and numbers
  std::string cause;  ///< may be empty
  std::string next;   ///< the next command or step; empty if there is nothing to do
};

struct Question {
  std::string segment;    ///< a name, or a path with a '/'
  std::string directory;  ///< empty = default_directory()
  std::string config;     ///< a configuration file to check as well; may be empty
};

struct Diagnosis {
  std::string segment;
  std::string path;
  std::vector<Finding> findings;  ///< at least one for each check, in the order of the table
  Verdict worst() const;
};

/// Ends within about a second, and another for each GiB of the segment, whatever state that is in.
Diagnosis diagnose(const Question& question);

struct CheckInfo {
  const char* name;
  const char* looks_at;
};
/// All checks, in the order they are made.
std::vector<CheckInfo> checks();

}  // namespace larder::doctor
