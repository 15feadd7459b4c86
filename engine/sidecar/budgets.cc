// budgets.cc – see budgets.h.
#include "sidecar/budgets.h"

#include <fmt/format.h>

#include <algorithm>

#include "cache/resizer.h"

namespace larder::sidecar {

using cache::Region;
using cache::Resizer;

namespace {

constexpr int kStepsACycle = 8;

uint64_t page_bytes(const Cache& cache) { return cache.region().plane.rings.table().page_bytes(); }

std::string kib(uint64_t bytes) { return fmt::format("{} KiB", bytes / 1024); }

/// What is left to do of a change; the complaint, if something went wrong.
std::string go_on_with(const Cache& cache) {
  Result<Resizer> resizer = Resizer::take(cache.region());
  if (!resizer) return resizer.error().code == Code::busy ? "" : resizer.error().message;
  for (int step = 0; step < kStepsACycle; ++step) {
    const Result<cache::Progress> progress = resizer->step();
    if (!progress) return progress.error().message;
    if (*progress == cache::Progress::refused)
      return fmt::format("stays at {}: its mode is refuse, and what is live does not fit less",
                         kib(cache.budget().bytes));
    if (*progress != cache::Progress::going) return {};
  }
  return {};
}

Status begin(const Cache& cache, uint64_t bytes, const Cache* peer) {
  Result<Resizer> resizer = Resizer::take(cache.region());
  if (!resizer) return resizer.error();
  std::optional<uint32_t> number;
  if (peer != nullptr) number = peer->region().number;
  return resizer->aim(static_cast<uint32_t>(bytes / page_bytes(cache)), policy::BudgetCause::moved, number);
}

}  // namespace

std::vector<std::string> Budgets::go_on() {
  std::vector<std::string> complaints;
  for (size_t i = 0; i < caches_.size(); ++i) {
    if (caches_[i].budget().settled) continue;
    const std::string complaint = go_on_with(caches_[i]);
    if (!complaint.empty() && complaint != complained_[i])
      complaints.push_back(fmt::format("cache {}: {}", caches_[i].name(), complaint));
    complained_[i] = complaint;
  }
  return complaints;
}

std::vector<std::string> Budgets::move(const std::vector<tune::CurveCount>& counts) {
  std::vector<tune::Holder> holders;
  double spare = 0;
  bool settled = true;
  for (size_t i = 0; i < caches_.size(); ++i) {
    const Region& region = caches_[i].region();
    const policy::BudgetWords& words = region.header->budget;
    const Budget budget = caches_[i].budget();
    const double page = double(page_bytes(caches_[i])), bytes = double(budget.bytes);
    const bool takes_part = region.mode() == CacheMode::evict;
    holders.push_back({bytes, takes_part ? double(words.floor.load_relaxed()) * page : bytes,
                       takes_part ? double(budget.most) : bytes, double(words.miss_cost.load_relaxed()) / 1000,
                       counts[i]});
    spare += double(words.configured.load_relaxed()) * page - bytes;
    settled = settled && budget.settled;
  }
  const std::optional<tune::Move> move = mover_.interval(holders, spare);
  if (!move || !settled || spare < 0) return {};
  const Cache& to = caches_[move->to];
  const Cache& changed = move->from ? caches_[*move->from] : to;
  const uint64_t now = changed.budget().bytes;
  const auto step =
      std::max<uint64_t>(1, static_cast<uint64_t>(move->bytes) / page_bytes(changed)) * page_bytes(changed);
  const uint64_t then = move->from ? now - step : now + step;
  if (!move->from && double(step) > spare) return {};
  if (Status begun = begin(changed, then, move->from ? &to : nullptr); !begun)
    return {fmt::format("cache {}: {} -> {}: {}", changed.name(), kib(now), kib(then), begun.error().message)};
  if (!move->from)
    return {fmt::format("cache {}: {} -> {}, from what the caches have left", to.name(), kib(now), kib(then))};
  return {fmt::format("cache {}: {} -> {}, for {}: {:.0f} misses more here would be {:.0f} fewer there (by cost)",
                      changed.name(), kib(now), kib(then), to.name(), move->loss, move->gain)};
}

}  // namespace larder::sidecar
