#include "damage/cases.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <new>
#include <stdexcept>
#include <thread>

#include "damage/bed.h"
#include "damage/damage.h"
#include "damage/stopwatch.h"
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
constexpr std::chrono::seconds kHang{30};                   ///< without the next operation
constexpr uint64_t kBatch = 250;                            ///< cases of one child
constexpr size_t kFailures = 20;                            ///< after so many the campaign ends
constexpr uint64_t kCasesAnAudit = 8, kCasesADoctor = 128;  ///< these take longer than operations
constexpr uint32_t kSlowRuns = 3;  ///< a case that is slow each time is: a host that steals time is not slow thrice

/// What a child is at, for its parent.
struct Board {
  std::atomic<uint64_t> seed{}, steps{}, refused{}, operations{}, audits{}, diagnoses{}, worst_us{};
  std::atomic<bool> slow{};  ///< the complaint is of time
  char damage[96]{}, step[32]{}, worst[128]{}, complaint[256]{};

  template <size_t N>
  static void write(char (&to)[N], const std::string& text) {
    std::strncpy(to, text.c_str(), N - 1);
  }
};

/// One case, in a child.
class Case {
 public:
  Case(Board& board, const TempDirectory& directory, Bed& bed, const std::vector<Part>& parts, uint64_t seed)
      : board_(board), directory_(directory), bed_(bed), parts_(parts), seed_(seed) {
    board.seed = seed;
  }

  /// `sound` is an image whose time goes on.
  void run(const std::string& sound, std::string& image, uint32_t operations) {
    image = sound;
    if (late()) bed_.lay(image);
    Board::write(board_.damage, damage(image, parts_, seed_) + (late() ? ", while in use" : ""));
    if (!late()) bed_.lay(image);
    if (seed_ % kCasesAnAudit == 0) audit();
    if (seed_ % kCasesADoctor == 0) diagnose();
    name("attach");
    watch_.restart();
    auto segment = Segment::attach("test", {.directory = directory_.path()});
    time("attach");
    if (segment) {
      use(*segment, sound, image, operations);
      compare_constants(image);
      if (seed_ % kCasesAnAudit == 0) audit();
    } else {
      ++board_.refused;
    }
    if (!bed_.intact()) complain("the file has another size, or lost its name");
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
  void time(const char* step) {
    const uint64_t took = watch_.lap();
    if (took > kLongestUs) {
      board_.slow = true;
      return complain(fmt::format("{} took {} us", step, took));
    }
    if (took <= board_.worst_us) return;
    board_.worst_us = took;
    Board::write(board_.worst, fmt::format("{} of seed {} ({})", step, seed_, board_.damage));
  }

  void use(const Segment& segment, const std::string& sound, const std::string& image, uint32_t operations) {
    Use use(segment, seed_, Use::Only::everything);
    time("open");
    if (late()) bed_.differences(sound, image);
    name("use");
    watch_.restart();
    for (uint32_t i = 0; i < operations; ++i) {
      ++board_.steps;
      time(use.step());
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
  void compare_constants(const std::string& image) {
    name("compare");
    for (const Part& part : parts_) {
      const bool shape = part.name.size() > 6 && part.name.compare(part.name.size() - 6, 6, " shape") == 0;
      const uint64_t size = part.name == "superblock" ? offsetof(segment::Superblock, state) : part.size;
      if (!shape && part.name != "superblock" && part.name != "directory") continue;
      if (bed_.bytes().compare(part.at, size, image, part.at, size) != 0) complain(part.name + " was written to");
    }
  }

  Board& board_;
  const TempDirectory& directory_;
  Bed& bed_;
  const std::vector<Part>& parts_;
  const uint64_t seed_;
  Stopwatch watch_;
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
    board_->slow = false;
    Process child([&] {
      Bed bed(directory_, images_.front().size());
      std::string sound, image;
      for (uint64_t seed = from; seed < to && board_->complaint[0] == 0; ++seed) {
        sound = images_[seed % images_.size()];
        begin_now(sound);
        Case(*board_, directory_, bed, parts_, seed).run(sound, image, campaign_.operations);
      }
      return 0;
    });
    const Ending ending = wait_for(child);
    const uint64_t last = board_->seed;
    outcome_.cases += last - from + 1;
    if (ending.ok() && board_->complaint[0] == 0) {
      slow_runs_ = 0;
      return to;
    }
    slow_runs_ = board_->slow && last == from ? slow_runs_ + 1 : 1;
    if (board_->slow && slow_runs_ < kSlowRuns) {
      --outcome_.cases;
      ++outcome_.repeated;
      return last;
    }
    const std::string what = ending.ok() ? board_->complaint : ending.text();
    outcome_.failures.push_back(fmt::format("seed {} ({}), in {}: {}", last, board_->damage, board_->step, what));
    return last + 1;
  }

  /// Until it ends, or does not come from one operation to the next.
  Ending wait_for(Process& child) {
    uint64_t steps = board_->steps;
    auto since = Clock::now();
    while (!child.ended()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
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
  uint32_t slow_runs_ = 0;  ///< of the case at which the last batch ended
  Outcome outcome_;
};

}  // namespace

Outcome run_cases(const std::vector<std::string>& images, const Campaign& campaign) {
  return Runner(images, campaign).run();
}

}  // namespace larder::test
