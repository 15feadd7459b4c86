#include "storm/supervisor.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <stdexcept>

#include "support/segments.h"

namespace larder::test {

namespace {

constexpr uint64_t kBlock = 512;  ///< bytes of st_blocks' unit

}  // namespace

Supervisor::Supervisor(const TempDirectory& directory) : directory_(directory), file_(file()) {}

Supervisor::FileFacts Supervisor::file() const {
  struct stat facts {};
  if (stat((directory_ / kSegmentFile).c_str(), &facts) != 0) throw std::runtime_error("the segment's file is gone");
  return {facts.st_ino, static_cast<uint64_t>(facts.st_size), static_cast<uint64_t>(facts.st_blocks)};
}

std::string Supervisor::look() {
  ++looks_;
  const observe::AuditReport report = audit_of(directory_.path());
  checks_ += report.checks;
  if (const auto clean = is_clean(report); !clean) return clean.message();
  const FileFacts now = file();
  const bool same = now.inode == file_.inode && now.size == file_.size;
  if (!same || now.blocks * kBlock > now.size)  // budgets change, so the blocks do
    return fmt::format("the file changed: inode {}, {} bytes in {} blocks, was {}, {} in {}", now.inode, now.size,
                       now.blocks, file_.inode, file_.size, file_.blocks);
  return compare(figures_of(directory_.path()));
}

std::string Supervisor::compare(const SegmentFigures& figures) {
  for (const CacheFigures& cache : figures.caches) {
    if (cache.used_bytes > cache.reserved || cache.reserved > cache.budget_most)
      return fmt::format("{} uses {} bytes of {} reserved ones, {} at most", cache.name, cache.used_bytes,
                         cache.reserved, cache.budget_most);
    auto& before = counters_[cache.name];
    for (size_t i = 0; i < kCounters; ++i) {
      if (cache.counters[i] < before[i])
        return fmt::format("{}: {} went from {} to {}", cache.name, kCounterInfo[i].name, before[i], cache.counters[i]);
      before[i] = cache.counters[i];
    }
  }
  return {};
}

std::string Supervisor::look_at_the_end() {
  if (std::string wrong = look(); !wrong.empty()) return wrong;
  if (const auto clean = is_clean(audit_of(directory_.path()), true); !clean) return clean.message();
  const SegmentFigures figures = figures_of(directory_.path());
  if (!figures.workers.empty()) return fmt::format("{} worker slots are not given back", figures.workers.size());
  for (const CacheFigures& cache : figures.caches)
    if (const auto conserved = pages_are_conserved(cache); !conserved) return conserved.message();
  return {};
}

}  // namespace larder::test
