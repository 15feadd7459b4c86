// policy.cc – see policy.h.
#include "observe/policy.h"

#include <algorithm>

#include "observe/inspector.h"

namespace larder::observe {

using policy::SettingWord;

namespace {

double share(const base::Atomic64& millionths) {
  return double(std::min<uint64_t>(millionths.load_relaxed(), 1'000'000)) / 1e6;
}

void read_arms(const policy::TuneWords& words, PolicyFigures& figures) {
  const uint64_t count = std::min<uint64_t>(words.arms.load_relaxed(), policy::kArms);
  for (uint64_t i = 0; i < count; ++i)
    figures.arms.push_back({SettingWord::unpack(words.arm[i].setting.load_relaxed()), share(words.arm[i].misses)});
}

void read_decisions(const policy::TuneWords& words, PolicyFigures& figures) {
  figures.switches = words.decisions.load_relaxed();
  const uint64_t count = std::min<uint64_t>(figures.switches, policy::kDecisions);
  for (uint64_t number = figures.switches - count; number != figures.switches; ++number) {
    const policy::DecisionWords& row = words.decision[number % policy::kDecisions];
    figures.decisions.push_back(
        {static_cast<int64_t>(row.unix_ms.load_relaxed()), SettingWord::unpack(row.from.load_relaxed()),
         SettingWord::unpack(row.to.load_relaxed()), share(row.from_misses), share(row.to_misses)});
  }
}

/// A larger cache never misses more: what the simulations say otherwise is noise.
void read_curve(const policy::TuneWords& words, uint32_t limit, PolicyFigures& figures) {
  figures.curve_samples = words.curve_samples.load_relaxed();
  const uint64_t made = words.curve_pages.load_relaxed();
  if (figures.curve_samples == 0 || made == 0 || limit == 0) return;
  double least = 1;
  for (uint32_t point = 0; point < policy::kCurvePoints; ++point) {
    least = std::min(least, share(words.curve[point]));
    figures.curve.push_back({policy::kCurveSizes[point] * double(made) / limit, least});
  }
}

void read_changes(const Inspector::Impl& seen, const policy::BudgetWords& words, uint64_t page_bytes,
                  PolicyFigures& figures) {
  using Why = policy::BudgetChangeWords::Why;
  figures.budget_changes = words.changes.load_acquire();
  const uint64_t count = std::min<uint64_t>(figures.budget_changes, policy::kBudgetChanges);
  for (uint64_t number = figures.budget_changes - count; number != figures.budget_changes; ++number) {
    const policy::BudgetChangeWords& row = words.change[number % policy::kBudgetChanges];
    const uint64_t why = row.why.load_relaxed(), peer = Why::Peer::get(why);
    const bool known = peer != 0 && peer <= seen.tables().super->cache_count;
    figures.budget_log.push_back({static_cast<int64_t>(row.unix_ms.load_relaxed()),
                                  row.from.load_relaxed() * page_bytes, row.to.load_relaxed() * page_bytes,
                                  static_cast<policy::BudgetCause>(Why::Cause::get(why)),
                                  known ? seen.cache_name(static_cast<uint32_t>(peer - 1)) : std::string()});
  }
}

PolicyFigures policy_of(const Inspector::Impl& seen, uint32_t number) {
  const cache::RegionHeader& header = seen.header(number);
  const policy::Plane& plane = seen.planes[number];
  PolicyFigures figures;
  figures.cache = seen.cache_name(number);
  figures.budget = uint64_t{plane.rings.limit()} * header.shape.page_bytes;
  figures.miss_cost = double(header.budget.miss_cost.load_relaxed()) / 1000;
  figures.configured = SettingWord::unpack(header.tune.configured.load_relaxed());
  figures.in_use = SettingWord::unpack(plane.setting());
  figures.cold_share = plane.cold_share();
  for (uint32_t worker = 0; worker < seen.tables().workers.size(); ++worker) {
    const base::Atomic64* row = seen.tables().counter_row(worker, number);
    figures.lookups += row[static_cast<size_t>(Counter::hits)].load_relaxed() +
                       row[static_cast<size_t>(Counter::misses)].load_relaxed();
  }
  figures.samples = header.tune.samples.load_relaxed();
  figures.entries = header.tune.entries.load_relaxed();
  read_arms(header.tune, figures);
  read_decisions(header.tune, figures);
  read_curve(header.tune, plane.rings.limit(), figures);
  read_changes(seen, header.budget, header.shape.page_bytes, figures);
  return figures;
}

}  // namespace

std::vector<PolicyFigures> read_policies(const Inspector& inspector) {
  const Inspector::Impl& seen = inspector.impl();
  std::vector<PolicyFigures> policies;
  for (uint32_t number = 0; number < seen.tables().directory.size(); ++number)
    if (!seen.is_store(number)) policies.push_back(policy_of(seen, number));
  return policies;
}

}  // namespace larder::observe
