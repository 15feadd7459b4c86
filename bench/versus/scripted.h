// scripted.h – a contestant whose workers are written in the language of its users, in a program of its own.
//
// The bench talks to each worker through two named pipes in the contestant's directory, `orders-N` and `reports-N`, one
// line each way. A worker that is ready says "ready" and its process id. Then it gets
//   get|mix|put|touch BATCHED OPERATIONS EACH START   and answers  CPU_NS WALL_NS HITS WRONG P50 P99 P999
//   memory                                      and answers  BYTES ENTRIES
// where it begins when the monotonic clock shows START (ns), so that two workers begin together. A worker ends with its
// program, or when nobody holds the other end of its pipe any more.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/program.h"
#include "versus/contestant.h"

namespace larder::bench::versus {

/// What a script can do.
struct Abilities {
  bool batched_get = false;
  bool memory = true;
};

class Scripted final : public Contestant {
 public:
  /// Null if the program ends before its workers are ready.
  static std::unique_ptr<Contestant> start(std::vector<std::string> command, const Setting& setting,
                                           Abilities abilities);
  ~Scripted() override;

  bool offers(Task task, bool batched) const override;
  Report run(uint32_t workers, const Job& job) override;
  std::optional<Memory> memory() override;

 private:
  Scripted(std::vector<std::string> command, const Setting& setting, Abilities abilities);
  bool wait_until_ready();
  void order(uint32_t worker, const std::string& line);
  /// The next line of a worker; empty if the program has ended.
  std::string answer(uint32_t worker);

  struct Pipes {
    int orders = -1;
    int reports = -1;
  };
  std::vector<Pipes> pipes_;
  Abilities abilities_;
  std::unique_ptr<Program> program_;
};

/// Where a script lies: beside the bench, in `versus`.
std::string script(const std::string& name);

}  // namespace larder::bench::versus
