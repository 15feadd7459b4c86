// scripted.cc – see scripted.h.
#include "versus/scripted.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "support/clock.h"

namespace larder::bench::versus {
namespace {

constexpr int kPollMs = 200;
constexpr int64_t kHeadStartNs = 500'000;  ///< until all workers have read their orders

/// Opened for both directions, so that opening waits for nobody. Only the bench can write to `orders` then.
int open_pipe(const std::string& path) {
  if (mkfifo(path.c_str(), 0600) != 0) fail("cannot make a named pipe", path.c_str());
  const int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (file < 0) fail("cannot open a named pipe", path.c_str());
  return file;
}

}  // namespace

std::string script(const std::string& name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "versus" / name;
}

std::unique_ptr<Contestant> Scripted::start(std::vector<std::string> command, const Setting& setting,
                                            Abilities abilities) {
  std::unique_ptr<Scripted> scripted(new Scripted(std::move(command), setting, abilities));
  if (!scripted->wait_until_ready()) return nullptr;
  return scripted;
}

Scripted::Scripted(std::vector<std::string> command, const Setting& setting, Abilities abilities)
    : abilities_(abilities) {
  for (uint32_t worker = 0; worker < kMaxCrew; ++worker)
    pipes_.push_back({open_pipe(fmt::format("{}/orders-{}", setting.directory, worker)),
                      open_pipe(fmt::format("{}/reports-{}", setting.directory, worker))});
  program_ = std::make_unique<Program>(std::move(command), setting.log());
}

Scripted::~Scripted() {
  program_.reset();
  for (const Pipes& pipes : pipes_)
    for (const int end : {pipes.orders, pipes.reports}) close(end);
}

bool Scripted::wait_until_ready() {
  for (uint32_t worker = 0; worker < kMaxCrew; ++worker) {
    std::istringstream words(answer(worker));
    std::string ready;
    pid_t pid = 0;
    if (!(words >> ready >> pid)) return false;
    pin_to_cpu(worker, pid);
  }
  return true;
}

void Scripted::order(uint32_t worker, const std::string& line) {
  if (write(pipes_[worker].orders, line.data(), line.size()) != ssize_t(line.size())) fail("cannot write", "orders");
}

std::string Scripted::answer(uint32_t worker) {
  std::string line;
  for (char letter = 0;;) {
    pollfd waiting{pipes_[worker].reports, POLLIN, 0};
    if (poll(&waiting, 1, kPollMs) == 0) {
      if (!program_->running()) return {};
      continue;
    }
    if (read(pipes_[worker].reports, &letter, 1) != 1) return {};
    if (letter == '\n') return line;
    line += letter;
  }
}

bool Scripted::offers(Task task, bool batched) const {
  return !batched || (task == Task::get && abilities_.batched_get);
}

Report Scripted::run(uint32_t workers, const Job& job) {
  const std::string line = fmt::format("{} {} {} {} {}\n", to_string(job.task), int{job.batched}, job.operations,
                                       int{job.each}, wall_nanoseconds() + kHeadStartNs);
  for (uint32_t worker = 0; worker < workers; ++worker) order(worker, line);
  std::vector<Report> reports(workers);
  for (uint32_t worker = 0; worker < workers; ++worker) {
    Report& report = reports[worker];
    const std::string text = answer(worker);
    std::istringstream words(text);
    if (words >> report.cpu_ns >> report.wall_ns >> report.hits >> report.wrong >> report.latency.median >>
        report.latency.p99 >> report.latency.p999)
      continue;
    fail(fmt::format("a worker answered \"{}\"", text).c_str(), "script");
  }
  return merged(reports);
}

std::optional<Memory> Scripted::memory() {
  if (!abilities_.memory) return std::nullopt;
  order(0, "memory\n");
  std::istringstream words(answer(0));
  Memory memory;
  if (!(words >> memory.bytes >> memory.entries)) return std::nullopt;
  return memory;
}

}  // namespace larder::bench::versus
