#include "damage/cases.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <new>
#include <stdexcept>
#include <thread>

#include "damage/damage.h"
#include "damage/use.h"
#include "doctor/doctor.h"
#include "segment/layout.h"
#include "support/process.h"
#include "support/segments.h"

namespace larder::test {
namespace {

using Clock = std::chrono::steady_clock;

/// Processor time one operation may take. Sanitized builds copy byte by byte, and look at each.
#ifdef LARDER_SANITIZED
constexpr uint64_t kLongestUs = 3'000'000;
#else
constexpr uint64_t kLongestUs = 100'000;
#endif
constexpr std::chrono::seconds kHang{30};                  ///< without the next operation
constexpr uint64_t kBatch = 250;                           ///< cases of one child
constexpr size_t kFailures = 20;                           ///< after so many the campaign ends
constexpr uint64_t kCasesAnAudit = 8, kCasesADoctor = 64;  ///< these take longer than operations

/// What a child is at, for its parent.
struct Board {
  std::atomic<uint64_t> seed{}, steps{}, refused{}, operations{}, audits{}, diagnoses{}, worst_us{};
  char damage[96]{}, step[32]{}, worst[128]{}, complaint[256]{};

  template <size_t N>
  static void write(char (&to)[N], const std::string& text) {
    std::strncpy(to, text.c_str(), N - 1);
  }
};

uint64_t cpu_us() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
}

/// One case, in a child.
class Case {
 public:
  Case(Board& board, const TempDirectory& directory, std::string image, const std::vector<Part>& parts, uint64_t seed)
      : board_(board), directory_(directory), parts_(parts), image_(std::move(image)), seed_(seed) {
    board.seed = seed;
    begin_now(image_);
    sound_ = image_;
    Board::write(board.damage, damage(image_, parts, seed) + (late() ? ", while in use" : ""));
    write_image(directory, late() ? sound_ : image_);
  }

  void run(uint32_t operations) {
    if (seed_ % kCasesAnAudit == 0) audit();
    if (seed_ % kCasesADoctor == 0) diagnose();
    name("attach");
    const uint64_t before = cpu_us();
    auto segment = Segment::attach("test", {.directory = directory_.path()});
    time("attach", before);
    if (!segment) {
      ++board_.refused;
      return;
    }
    use(*segment, operations);
    compare_constants();
    if (seed_ % kCasesAnAudit == 0) audit();
  }

 private:
  /// A quarter of the damages comes once everything was checked and opened.
  bool late() const { return seed_ / 2 % 4 == 3; }
  void name(const char* step) {
    Board::write(board_.step, step);
    ++board_.steps;
  }
  void complain(const std::string& text) {
    if (board_.complaint[0] == 0) Board::write(board_.complaint, text);
  }
  void time(const char* step, uint64_t before) {
    const uint64_t took = cpu_us() - before;
    if (took > kLongestUs) complain(fmt::format("{} took {} us", step, took));
    if (took <= board_.worst_us) return;
    board_.worst_us = took;
    Board::write(board_.worst, fmt::format("{} of seed {} ({})", step, seed_, board_.damage));
  }

  void use(const Segment& segment, uint32_t operations) {
    uint64_t before = cpu_us();
    Use use(segment, seed_, Use::Only::everything);
    time("open", before);
    if (late()) write_differences(directory_, sound_, image_);
    name("use");
    for (uint32_t i = 0; i < operations; ++i) {
      ++board_.steps;
      before = cpu_us();
      const char* what = use.step();
      time(what, before);
    }
    board_.operations += operations;
  }
  void audit() {
    name("audit");
    if (const auto inspector = observe::Inspector::open("test", directory_.path())) observe::audit(*inspector);
    ++board_.audits;
  }
  void diagnose() {
    name("doctor");
    doctor::diagnose({"test", directory_.path(), {}});
    ++board_.diagnoses;
  }
  /// What is constant after publication is as the damage left it: nobody wrote where nothing is to be written.
  void compare_constants() {
    name("compare");
    const std::string now = read_image(directory_);
    for (const Part& part : parts_) {
      const bool shape = part.name.size() > 6 && part.name.compare(part.name.size() - 6, 6, " shape") == 0;
      const uint64_t size = part.name == "superblock" ? offsetof(segment::Superblock, state) : part.size;
      if (!shape && part.name != "superblock" && part.name != "directory") continue;
      if (now.compare(part.at, size, image_, part.at, size) != 0) complain(part.name + " was written to");
    }
  }

  Board& board_;
  const TempDirectory& directory_;
  const std::vector<Part>& parts_;
  std::string image_;  ///< damaged
  std::string sound_;  ///< before
  uint64_t seed_;
};

class Runner {
 public:
  Runner(const std::vector<std::string>& images, const Campaign& campaign)
      : images_(images), parts_(parts_of(images.front())), campaign_(campaign) {
    void* map = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) throw std::runtime_error("cannot map a page for the board");
    board_ = new (map) Board;
  }
  ~Runner() { munmap(board_, sizeof(Board)); }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  Outcome run() {
    const uint64_t end = campaign_.first_seed + campaign_.cases;
    for (uint64_t seed = campaign_.first_seed; seed < end && outcome_.failures.size() < kFailures;)
      seed = run_batch(seed, std::min(end, seed + kBatch));
    outcome_.refused = board_->refused;
    outcome_.operations = board_->operations;
    outcome_.audits = board_->audits;
    outcome_.diagnoses = board_->diagnoses;
    outcome_.worst_us = board_->worst_us;
    outcome_.worst = board_->worst;
    return outcome_;
  }

 private:
  /// Runs cases from `from`; returns the seed to go on with.
  uint64_t run_batch(uint64_t from, uint64_t to) {
    board_->seed = from;
    board_->complaint[0] = 0;
    Process child([&] {
      for (uint64_t seed = from; seed < to && board_->complaint[0] == 0; ++seed)
        Case(*board_, directory_, images_[seed % images_.size()], parts_, seed).run(campaign_.operations);
      return 0;
    });
    const Ending ending = wait_for(child);
    const uint64_t last = board_->seed;
    outcome_.cases += last - from + 1;
    if (ending.ok() && board_->complaint[0] == 0) return to;
    const std::string what = ending.ok() ? board_->complaint : ending.text();
    outcome_.failures.push_back(fmt::format("seed {} ({}), in {}: {}", last, board_->damage, board_->step, what));
    return last + 1;
  }

  /// Until it ends, or does not come from one operation to the next.
  Ending wait_for(Process& child) {
    uint64_t steps = board_->steps;
    auto since = Clock::now();
    while (!child.ended()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      if (board_->steps != steps) {
        steps = board_->steps;
        since = Clock::now();
      } else if (Clock::now() - since > kHang) {
        return child.wait(std::chrono::milliseconds(0));
      }
    }
    return child.wait();
  }

  const std::vector<std::string>& images_;
  const std::vector<Part> parts_;
  const Campaign campaign_;
  const TempDirectory directory_;
  Board* board_;
  Outcome outcome_;
};

}  // namespace

Outcome run_cases(const std::vector<std::string>& images, const Campaign& campaign) {
  return Runner(images, campaign).run();
}

}  // namespace larder::test
