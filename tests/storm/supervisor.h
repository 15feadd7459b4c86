// supervisor.h – what must be true of a segment at every moment of a storm, looked at from outside.
//
// What it is    reads through an Inspector and fstat only: it holds no slot and no pin. Says the first thing that is
//               wrong. What moves is looked at as the audit does: only what stays wrong counts.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "larder/stats.h"
#include "support/temp_directory.h"

namespace larder::test {

class Supervisor {
 public:
  /// The segment "test" in the directory, as it is now, is what it stays: file and size.
  explicit Supervisor(const TempDirectory& directory);

  /// Audit, budgets, counters that only grow, the file. Empty if all is well.
  std::string look();
  /// With nobody attached and the dead buried: also no page lost, no line or slot in use.
  std::string look_at_the_end();

  uint64_t looks() const { return looks_; }
  uint64_t checks() const { return checks_; }  ///< facts that the audits checked

 private:
  struct FileFacts {
    uint64_t inode = 0, size = 0, blocks = 0;
  };
  FileFacts file() const;
  std::string compare(const SegmentFigures& figures);

  const TempDirectory& directory_;
  const FileFacts file_;
  std::map<std::string, std::array<uint64_t, kCounters>> counters_;
  uint64_t looks_ = 0, checks_ = 0;
};

}  // namespace larder::test
