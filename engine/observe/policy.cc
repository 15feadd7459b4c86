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
void read_curve(const policy::TuneWords& words, PolicyFigures& figures) {
  figures.curve_samples = words.curve_samples.load_relaxed();
  if (figures.curve_samples == 0) return;
  double least = 1;
  for (uint32_t point = 0; point < policy::kCurvePoints; ++point) {
    least = std::min(least, share(words.curve[point]));
    figures.curve.push_back({policy::kCurveSizes[point], least});
  }
}

PolicyFigures policy_of(const Inspector::Impl& seen, uint32_t number) {
  const cache::RegionHeader& header = seen.header(number);
  const policy::Plane& plane = seen.planes[number];
  PolicyFigures figures;
  figures.cache = seen.cache_name(number);
  figures.budget = uint64_t{plane.rings.limit()} * header.shape.page_bytes;
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
  read_curve(header.tune, figures);
  return figures;
}

}  // namespace

std::vector<PolicyFigures> read_policies(const Inspector& inspector) {
  const Inspector::Impl& seen = inspector.impl();
  std::vector<PolicyFigures> policies;
  for (uint32_t number = 0; number < seen.tables().super->cache_count; ++number)
    if (!seen.is_store(number)) policies.push_back(policy_of(seen, number));
  return policies;
}

}  // namespace larder::observe
