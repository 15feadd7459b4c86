// audit_budget.cc – the audit's rules for the budget of a cache; see audit.cc.
#include "observe/audit_report.h"

namespace larder::observe {

using page::PageWord;
using page::State;

namespace {

/// Pages on the wrong side of the limit while no change is under way, and whether the budget's words agree.
struct BudgetCheck {
  const cache::RegionHeader& header;
  const page::PageTable& table;
  uint64_t limit = 0, strayed = 0;

  bool wrong() {
    if (header.budget.resizing.load_acquire() != 0) return false;
    limit = header.limit.load_sync();
    strayed = 0;
    for (uint32_t page = 0; page < table.count(); ++page) {
      const bool out = PageWord::state(table.record(page).word.load_acquire()) == State::out;
      strayed += out != (page >= limit) ? 1 : 0;
    }
    const bool words = header.goal.load_acquire() == limit && header.budget.reserved.load_acquire() == limit;
    const bool still = header.budget.resizing.load_acquire() == 0 && header.limit.load_sync() == limit;
    return still && (strayed != 0 || !words);
  }
};

}  // namespace

void audit_budget(const Inspector::Impl& seen, uint32_t number, Findings& findings) {
  const cache::RegionHeader& header = seen.header(number);
  const auto beyond = [&] {
    const uint64_t limit = header.limit.load_sync(), reserved = header.budget.reserved.load_acquire();
    return limit == 0 || limit > header.shape.pages || reserved > header.shape.pages ||
           (reserved < limit && header.limit.load_sync() == limit);
  };
  findings.expect(!beyond() || !findings.stays_wrong(beyond), "budget-limit", "{} pages in use, {} with memory, of {}",
                  header.limit.load_sync(), header.budget.reserved.load_acquire(), header.shape.pages);
  BudgetCheck check{header, seen.planes[number].rings.table()};
  const auto wrong = [&check] { return check.wrong(); };
  findings.expect(!wrong() || !findings.stays_wrong(wrong), "budget-pages",
                  "{} pages on the wrong side of the limit of {}; goal {}, reserved {}", check.strayed, check.limit,
                  header.goal.load_acquire(), header.budget.reserved.load_acquire());
}

}  // namespace larder::observe
