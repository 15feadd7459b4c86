// resize.cc – Cache::budget and Cache::resize.
//
// Crash         see resizer.h.
#include <thread>

#include "base/error.h"
#include "cache/resizer.h"

namespace larder {

namespace {

constexpr milliseconds kPause{20};  ///< between two tries

}  // namespace

Budget Cache::budget() const {
  const segment::Tables& tables = region_->member->tables();
  return cache::budget_of(*region_->header, region_->plane, tables.directory[region_->number].region_at);
}

Result<Budget> Cache::resize(uint64_t bytes, milliseconds patience) const {
  const Budget now = budget();
  if (bytes < now.least || bytes > now.most)
    return base::with_hint(base::fail(Code::invalid_argument, "cache {}: a budget of {} bytes; {} to {} are possible",
                                      name(), bytes, now.least, now.most),
                           bytes > now.most ? "its max is fixed when the segment is made" : "");
  Result<cache::Resizer> resizer = cache::Resizer::take(*region_);
  if (!resizer) return resizer.error();
  const auto pages = static_cast<uint32_t>(bytes / region_->plane.rings.table().page_bytes());
  if (Status aimed = resizer->aim(pages, policy::BudgetCause::hand); !aimed) return aimed.error();
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const Result<cache::Progress> progress = resizer->go_on();
    if (!progress) return progress.error();
    if (*progress == cache::Progress::refused)
      return base::with_hint(base::fail(Code::no_space, "cache {}: {} bytes do not hold what is live; it has {}",
                                        name(), bytes, budget().bytes),
                             "its mode is refuse; remove entries first");
    if (*progress == cache::Progress::done || std::chrono::steady_clock::now() >= end) return budget();
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace larder
