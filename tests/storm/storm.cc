#include "storm/storm.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <thread>

#include "storm/program.h"
#include "storm/supervisor.h"
#include "stress/busy.h"
#include "stress/counting.h"
#include "support/process.h"
#include "support/segments.h"

namespace larder::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kStepsAFork = 500;

/// One life of a worker, until it is told to stop or killed.
class Worker {
 public:
  Worker(const TempDirectory& directory, Board& board, uint32_t seat, uint64_t life, uint64_t seed)
      : segment_(attach_segment(directory.path(), "storm")),
        busy_(segment_, seed ^ life << 20),
        counting_(segment_, board, seat, life, seed),
        board_(board),
        seat_(seat),
        life_(life) {}

  int run() {
    for (uint64_t step = 1; !board_.stop; ++step) {
      if (!busy_.step()) return complain(busy_.complaint());
      if (!counting_.step()) return complain(counting_.complaint());
      if (step % kStepsAFork == life_ % kStepsAFork && fork_child() != 0) return 1;
    }
    return 0;
  }

 private:
  int complain(const std::string& text) const {
    fmt::print(stderr, "life {} at seat {}: {} {}\n", life_, seat_, text, segment_.last_error());
    return 1;
  }
  /// A child that works on in its parent's memory, takes a place of its own, and ends in order or by a kill.
  int fork_child() {
    const pid_t child = fork();
    if (child < 0) return complain("cannot fork");
    if (child == 0) {
      Busy busy(segment_, life_);  // not its parent's, whose views are not its own
      for (int step = 0; step < 50; ++step)
        if (!busy.step()) _exit(complain("in a child: " + busy.complaint()));
      if (life_ % 2 == 0) raise(SIGKILL);
      _exit(0);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    ++board_.checked;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  }

  const Segment segment_;
  Busy busy_;
  Counting counting_;
  Board& board_;
  const uint32_t seat_;
  const uint64_t life_;
};

class Tormentor {
 public:
  Tormentor(const TempDirectory& directory, const Storm& storm)
      : directory_(directory), storm_(storm), random_(storm.seed), board_(*Board::make()), supervisor_(directory) {}

  Damages blow() {
    for (uint32_t seat = 0; seat < storm_.workers; ++seat) {
      lives_.push_back(++life_);
      fleet_.push_back(start_worker(seat));
    }
    const auto end = Clock::now() + storm_.duration;
    auto next_look = Clock::now();
    while (Clock::now() < end && damages_.violations.empty()) {
      std::this_thread::sleep_for(std::chrono::microseconds(500 + random_.below(12'000)));
      torment();
      look_after_tools();
      if (Clock::now() < next_look) continue;
      note(supervisor_.look());
      next_look = Clock::now() + std::chrono::milliseconds(300);
    }
    finish();
    return damages_;
  }

 private:
  Process start_worker(uint32_t seat) {
    const uint64_t life = lives_[seat];
    return Process([this, seat, life] { return Worker(directory_, board_, seat, life, storm_.seed).run(); });
  }
  std::vector<std::string> at_segment(std::vector<std::string> words) const {
    words.insert(words.end(), {"--segment", "test", "--directory", directory_.path()});
    return words;
  }

  void torment() {
    const auto seat = static_cast<uint32_t>(random_.below(fleet_.size()));
    const uint64_t choice = random_.below(1000);
    if (choice < 350) {
      kill_worker(seat);
      replace_worker(seat);
    } else if (choice < 600) {
      fleet_[seat].signal(SIGSTOP);
      ++damages_.stops;
    } else if (choice < 850) {
      go_on();
    } else if (choice < 900) {
      torment_daemons();
    } else if (choice < 985) {
      start_tool();
    } else {
      kill_everybody();
    }
  }
  void kill_worker(uint32_t seat) {
    board_.doomed[lives_[seat]] = true;
    const Ending ending = fleet_[seat].kill();
    if (ending.signal != SIGKILL) note(fmt::format("a worker {}", ending.text()));
    board_.settle(seat);
    ++damages_.worker_kills;
  }
  void replace_worker(uint32_t seat) {
    lives_[seat] = ++life_;
    if (life_ + 1 >= kLives) return note("more lives than the board has room for");
    fleet_[seat] = start_worker(seat);
  }
  /// P3: all at one moment. Stopped first, so that nobody sees another's death.
  void kill_everybody() {
    for (const Process& worker : fleet_) worker.signal(SIGSTOP);
    for (std::optional<Process>& daemon : daemons_) {
      if (!daemon) continue;
      daemon->kill();
      daemon.reset();
      ++damages_.daemon_kills;
    }
    for (uint32_t seat = 0; seat < fleet_.size(); ++seat) kill_worker(seat);
    ++damages_.everybody_kills;
    note(supervisor_.look());
    for (uint32_t seat = 0; seat < fleet_.size(); ++seat) replace_worker(seat);
  }
  /// None, one or two at a time; the second waits for the first to end.
  void torment_daemons() {
    std::optional<Process>& daemon = daemons_[random_.below(2)];
    if (!daemon) {
      daemon.emplace(start_program(LARDERD, at_segment({"--config", config(), "--wait"}), directory_ / "larderd.log"));
      ++damages_.daemons;
    } else if (random_.below(2) == 0) {
      daemon->signal(SIGSTOP);
      ++damages_.stops;
    } else {
      if (daemon->ended()) note(fmt::format("larderd {}", daemon->wait().text()));
      if (daemon->running()) daemon->kill();
      daemon.reset();
      ++damages_.daemon_kills;
    }
  }
  std::string config() const { return directory_ / "storm.toml"; }

  void start_tool() {
    if (tools_.size() >= 3) return;
    const std::string path = directory_ / kSegmentFile;
    switch (random_.below(5)) {
      case 0: tools_.push_back({start_program(LARDER_TOOL, at_segment({"stat", "--once"}), output()), "stat"}); break;
      case 1: tools_.push_back({start_program(LARDER_TOOL, {"audit", path}, output()), "audit"}); break;
      case 2: tools_.push_back({start_program(LARDER_TOOL, at_segment({"workers"}), output()), "workers"}); break;
      case 3: tools_.push_back({start_program(LARDER_TOOL, {"doctor", path}, output()), "doctor"}); break;
      default:
        tools_.push_back(
            {start_program(LARDER_TOOL, at_segment({"dump", "--out", directory_ / "dump", "--force"}), output()),
             "dump"});
    }
    ++damages_.tools;
  }
  std::string output() const { return directory_ / "tools.log"; }

  /// Ended ones must have ended well; now and then one is killed.
  void look_after_tools() {
    for (size_t i = 0; i < tools_.size();) {
      Tool& tool = tools_[i];
      const bool killed = !tool.process.ended() && random_.below(40) == 0;
      if (!killed && !tool.process.ended()) {
        ++i;
        continue;
      }
      const Ending ending = killed ? tool.process.kill() : tool.process.wait();
      damages_.tool_kills += killed ? 1 : 0;
      // The doctor's 1 and 2 say that something could be better, e.g. that no larderd runs or that a store was full.
      const bool well = ending.ok() || (tool.verb == "doctor" && ending.signal == 0 && ending.code <= 2);
      if (!killed && !well) note(fmt::format("larder {} {}", tool.verb, ending.text()));
      tools_.erase(tools_.begin() + static_cast<ptrdiff_t>(i));
    }
  }
  void go_on() {
    for (const Process& worker : fleet_) worker.signal(SIGCONT);
    for (const std::optional<Process>& daemon : daemons_)
      if (daemon) daemon->signal(SIGCONT);
  }

  void finish() {
    go_on();
    board_.stop = true;
    for (Process& worker : fleet_)
      if (const Ending ending = worker.wait(std::chrono::seconds(30)); !ending.ok())
        note(fmt::format("a worker {}", ending.text()));
    for (Tool& tool : tools_) tool.process.wait(std::chrono::seconds(30));
    for (std::optional<Process>& daemon : daemons_)
      if (daemon) daemon->kill();
    {
      const Segment segment = attach_segment(directory_.path(), "undertaker");
      segment.bury_dead();
      const Reckoning reckoning = reckon(*open_store(segment), board_);
      note(reckoning.wrong);
      damages_.increments = reckoning.answered;
      damages_.uncertain = reckoning.uncertain;
    }
    if (board_.held_twice != 0) note(fmt::format("{} leases were held twice", board_.held_twice.load()));
    note(supervisor_.look_at_the_end());
    for (const Seat& seat : board_.seats) damages_.operations += 2 * seat.steps;
    damages_.leases = board_.leases;
    damages_.forks = board_.checked;
    damages_.buried = figures_of(directory_.path()).buried;
    damages_.audits = supervisor_.looks();
    damages_.checks = supervisor_.checks();
  }
  void note(const std::string& violation) {
    if (!violation.empty()) damages_.violations.push_back(violation);
  }

  struct Tool {
    Process process;
    std::string verb;
  };
  const TempDirectory& directory_;
  const Storm storm_;
  Random random_;
  Board& board_;
  Supervisor supervisor_;
  uint64_t life_ = 0;
  std::vector<uint64_t> lives_;
  std::vector<Process> fleet_;
  std::optional<Process> daemons_[2];
  std::vector<Tool> tools_;
  Damages damages_;
};

}  // namespace

SegmentOptions storm_options(const TempDirectory& directory) {
  SegmentOptions options = segment_options(directory, busy_caches());
  options.workers = 64;  // forked children and the dead need some too
  options.threads = 128;
  options.stores.push_back(counted_store());
  return options;
}

Damages blow(const TempDirectory& directory, const Storm& storm) { return Tormentor(directory, storm).blow(); }

}  // namespace larder::test
