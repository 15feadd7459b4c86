// window.cc – see window.h.
#include "policy/window.h"

#include <algorithm>

namespace larder::policy {

using page::PageWord;
using page::State;

namespace {

constexpr uint64_t kRunWeight = 8;
constexpr uint64_t kPageCost = 64;     ///< of emptying a page, whatever is in it, in bytes
constexpr uint64_t kLooks = 16 << 10;  ///< pages looked at, at least

/// What one page costs, and from where to where its run reaches.
struct PageCost {
  uint64_t cost = 0;  ///< of a run: counted once, however much of it is in the window
  uint32_t first = 0;
  uint32_t last = 0;
  bool possible = true;
};

struct Costs {
  const Plane& plane;
  std::vector<bool> blocked;
  bool spare_runs;

  PageCost of_run(uint32_t head) const {
    const ring::Runs runs(plane.rings);
    if (head >= blocked.size() || runs.head(head).state != State::run) return {0, head, head, false};
    const uint32_t pages = runs.pages_of(head);
    return {pages * uint64_t{plane.rings.table().page_bytes()} * kRunWeight, head, head + pages - 1,
            !spare_runs && !blocked[head]};
  }
  PageCost of(uint32_t page) const {
    const page::PageRecord& record = plane.rings.table().record(page);
    switch (PageWord::state(record.word.load_acquire())) {
      case State::free: return {0, page, page, !blocked[page]};
      case State::ring: {
        const uint64_t used = std::min<uint64_t>(record.tail.load_relaxed(), plane.rings.table().page_bytes());
        return {used + kPageCost, page, page, !blocked[page]};
      }
      case State::run: return of_run(page);
      case State::tail: {
        const uint64_t head = ring::Runs(plane.rings).head_of(page);
        return head < page ? of_run(static_cast<uint32_t>(head)) : PageCost{0, page, page, false};
      }
      default: return {0, page, page, false};
    }
  }
};

}  // namespace

std::optional<uint32_t> choose_window(const Plane& plane, uint32_t pages, const std::vector<bool>& blocked,
                                      bool spare_runs) {
  const uint32_t count = plane.rings.limit();
  if (pages == 0 || pages > count) return std::nullopt;
  Costs costs{plane, blocked, spare_runs};
  page::any_hazard(plane.rings.tables(), [&](uint64_t word) {
    const uint64_t page = segment::HazardWord::Page::get(word);
    if (page < count && word == segment::HazardWord::make(plane.rings.region(), static_cast<uint32_t>(page)))
      costs.blocked[page] = true;
    return false;
  });
  const ring::Ticket oldest = plane.rings.free_queue().oldest();
  const uint32_t near = oldest && oldest.page() < count ? oldest.page() : 0;
  const uint32_t start = near >= pages - 1 ? near - (pages - 1) : 0;
  const uint64_t looks = std::min<uint64_t>(uint64_t{count} + pages - 1, std::max<uint64_t>(kLooks, 4ull * pages));
  std::vector<PageCost> inside;  // the pages from `first` on
  std::optional<uint32_t> best;
  uint64_t least = 0, cost = 0;
  for (uint64_t look = 0; look < looks; ++look) {
    const uint32_t page = static_cast<uint32_t>((start + look) % count);
    const PageCost met = costs.of(page);
    if (page == 0 || !met.possible) {
      inside.clear();
      cost = 0;
    }
    if (!met.possible) continue;
    if (inside.empty() || page == met.first) cost += met.cost;
    inside.push_back(met);
    if (inside.size() < pages) continue;
    const uint32_t first = page + 1 - pages;
    if (!best || cost < least) best = first, least = cost;
    if (least == 0) break;
    const PageCost& leaves = inside[inside.size() - pages];
    if (first == leaves.last || pages == 1) cost -= leaves.cost;
  }
  return best;
}

}  // namespace larder::policy
