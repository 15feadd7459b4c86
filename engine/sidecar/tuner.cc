// tuner.cc – see tuner.h.
#include "sidecar/tuner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/clock.h"
#include "cache/region.h"

namespace larder::sidecar {

using policy::SettingWord;
using policy::TuneWords;

namespace {

constexpr double kOtherShape = 5;        ///< the average entry changed so much that the sampling should
constexpr double kOtherBudget = 1.25;    ///< the budget changed so much that the simulations should
constexpr double kWarm = 4;              ///< lookups for each simulated entry until misses are not for emptiness
constexpr uint64_t kPublishEvery = 256;  ///< lookups

uint64_t millionths(double share) { return static_cast<uint64_t>(std::llround(std::clamp(share, 0.0, 1.0) * 1e6)); }

double average_entry(const cache::Region& region) {
  const uint64_t known = region.plane.words->entry_bytes.load_relaxed();
  return known != 0 ? std::max(double(known) / 16, 1.0)
                    : double(tune::entry_weight(region.header->shape.expected_entry));
}

/// Bytes of entries that a full cache holds: two pages are half-filled, and what does not fit at a page's end is lost,
/// half an entry on average.
double capacity(const cache::Region& region, double entry_bytes) {
  const double page = region.plane.rings.table().page_bytes();
  return std::max(double(region.plane.usable_pages()) - 1, 1.0) * (page - std::min(entry_bytes / 2, page / 2));
}

}  // namespace

std::string policy_text(const PolicySetting& s) {
  return fmt::format("cold {:.3f} promote {} cap {} ghosts {:.2f} demote {} challenge {} adapt {} by size {} tune {}",
                     s.cold, s.promote, s.cap, s.ghosts, s.demote, s.challenge, s.adapt, s.by_size, s.tune);
}

Tuner::Tuner(const std::vector<Cache>& caches, const segment::Tables& tables)
    : tables_(tables), seat_of_(tables.directory.size(), -1) {
  for (const Cache& cache : caches) {
    seat_of_[cache.region().number] = static_cast<int32_t>(seats_.size());
    seats_.emplace_back().cache = &cache;
  }
  dropped_ = samples_dropped();
}

Tuner::~Tuner() {
  for (const Seat& seat : seats_) seat.cache->region().header->sampling.store_relaxed(cache::kSampleNothing);
}

std::vector<Switch> Tuner::run() {
  std::vector<Switch> switches;
  for (Seat& seat : seats_) prepare(seat);
  const auto now = static_cast<uint32_t>(base::now_ms() / 1000);
  for (const segment::ThreadLine& line : tables_.lines_in_use())
    tables_.samples_of(line).pull([&](const segment::Sample& sample) { take(sample, now, switches); });
  for (Seat& seat : seats_)
    if (seat.tuner && seat.tuner->lookups() - seat.published >= kPublishEvery) publish(seat);
  relieve();
  return switches;
}

/// Makes the seat's tuner, or makes it anew if what it was made for has changed.
void Tuner::prepare(Seat& seat) {
  seat.samples = 0;
  const cache::Region& region = seat.cache->region();
  const double entry_bytes = average_entry(region);
  const double ratio = seat.tuner ? entry_bytes / seat.entry_bytes : 0;
  const double size = seat.tuner ? double(region.plane.rings.limit()) / seat.pages : 0;
  const bool other_shape =
      ratio > kOtherShape || ratio < 1 / kOtherShape || size > kOtherBudget || size < 1 / kOtherBudget;
  if (!seat.tuner || other_shape || seat.configured != region.header->tune.configured.load_relaxed())
    make(seat, entry_bytes);
}

void Tuner::make(Seat& seat, double entry_bytes) {
  const cache::Region& region = seat.cache->region();
  if (seat.tuner) seat.published_before += seat.tuner->lookups();
  seat.configured = region.header->tune.configured.load_relaxed();
  seat.entry_bytes = entry_bytes;
  seat.pages = region.plane.rings.limit();
  ++seat.epoch;
  const double usable = capacity(region, entry_bytes);
  seat.tuner = std::make_unique<tune::CacheTuner>(
      SettingWord::unpack(seat.configured), SettingWord::unpack(region.plane.setting()),
      tune::CacheTuner::Scale{usable, entry_bytes,
                              std::max(seat.least_bits, tune::CacheTuner::bits_for(usable, entry_bytes))});
  seat.published = 0;
  seat.live_before = live_lookups(seat);
  region.header->sampling.store_relaxed(seat.tuner->mask());
}

/// Lookups that all workers made in the seat's cache.
uint64_t Tuner::live_lookups(const Seat& seat) const {
  uint64_t sum = 0;
  for (uint32_t worker = 0; worker < tables_.workers.size(); ++worker) {
    const base::Atomic64* row = tables_.counter_row(worker, seat.cache->region().number);
    for (const Counter counter : {Counter::hits, Counter::misses})
      sum += row[static_cast<size_t>(counter)].load_relaxed();
  }
  return sum;
}

void Tuner::take(const segment::Sample& sample, uint32_t now, std::vector<Switch>& switches) {
  const uint64_t number = segment::SampleWord::Cache::get(sample.word);
  if (number >= seat_of_.size() || seat_of_[number] < 0) return;
  Seat& seat = seats_[static_cast<size_t>(seat_of_[number])];
  if ((sample.hash & seat.tuner->mask()) != 0) return;  // sampled before the mask changed
  ++seat.samples;
  const std::optional<tune::Verdict> verdict = seat.tuner->take(sample, now);
  if (!verdict || SettingWord::Tune::get(seat.configured) == 0) return;
  apply(seat, *verdict);
  switches.push_back(
      {std::string(seat.cache->name()), verdict->from, verdict->to, verdict->from_misses, verdict->to_misses});
}

void Tuner::apply(Seat& seat, const tune::Verdict& verdict) {
  cache::RegionHeader& header = *seat.cache->region().header;
  header.setting.store_relaxed(SettingWord::pack(verdict.to));
  TuneWords& words = header.tune;
  const uint64_t number = words.decisions.load_relaxed();
  policy::DecisionWords& row = words.decision[number % policy::kDecisions];
  row.unix_ms.store_relaxed(static_cast<uint64_t>(base::unix_ms()));
  row.from.store_relaxed(SettingWord::pack(verdict.from));
  row.to.store_relaxed(SettingWord::pack(verdict.to));
  row.from_misses.store_relaxed(millionths(verdict.from_misses));
  row.to_misses.store_relaxed(millionths(verdict.to_misses));
  words.decisions.store_relaxed(number + 1);
}

void Tuner::publish(Seat& seat) {
  TuneWords& words = seat.cache->region().header->tune;
  const tune::CacheTuner& tuner = *seat.tuner;
  seat.published = tuner.lookups();
  words.samples.store_relaxed(seat.published_before + tuner.lookups());
  words.entries.store_relaxed(
      static_cast<uint64_t>(capacity(seat.cache->region(), seat.entry_bytes) * tuner.rate() / seat.entry_bytes));
  const size_t arms = std::min<size_t>(tuner.arms(), policy::kArms);
  for (size_t arm = 0; arm < arms; ++arm) {
    words.arm[arm].setting.store_relaxed(SettingWord::pack(tuner.setting(arm)));
    words.arm[arm].misses.store_relaxed(millionths(tuner.misses(arm)));
  }
  words.arms.store_relaxed(arms);
  for (size_t point = 0; point < policy::kCurvePoints; ++point)
    words.curve[point].store_relaxed(millionths(tuner.curve(point, live_lookups(seat) - seat.live_before)));
  words.curve_pages.store_relaxed(seat.pages);
  words.curve_samples.store_relaxed(tuner.lookups());
}

std::vector<tune::CurveCount> Tuner::counts() const {
  std::vector<tune::CurveCount> counts;
  for (const Seat& seat : seats_) {
    tune::CurveCount& count = counts.emplace_back();
    if (!seat.tuner) continue;
    const cache::Region& region = seat.cache->region();
    const double entries = capacity(region, seat.entry_bytes) * seat.tuner->rate() / seat.entry_bytes;
    count.epoch = seat.epoch;
    count.warm = double(seat.tuner->lookups()) >= kWarm * entries;
    count.made_bytes = double(seat.pages) * region.plane.rings.table().page_bytes();
    count.weight = 1 / seat.tuner->rate();
    for (size_t point = 0; point < policy::kCurvePoints; ++point) count.misses[point] = seat.tuner->curve_misses(point);
  }
  return counts;
}

uint64_t Tuner::samples_dropped() const {
  uint64_t sum = 0;
  for (const segment::ThreadLine& line : tables_.lines_in_use()) sum += tables_.samples_of(line).dropped.load_relaxed();
  return sum;
}

/// After an overflow the cache that sent most is sampled half as often: a stream with gaps predicts nothing.
void Tuner::relieve() {
  const uint64_t dropped = samples_dropped();
  if (dropped == dropped_) return;
  dropped_ = dropped;
  const auto busiest = std::max_element(seats_.begin(), seats_.end(),
                                        [](const Seat& a, const Seat& b) { return a.samples < b.samples; });
  if (busiest == seats_.end() || busiest->samples == 0 || busiest->least_bits >= tune::CacheTuner::kMostBits) return;
  busiest->least_bits = busiest->tuner->bits() + 1;
  make(*busiest, busiest->entry_bytes);
}

}  // namespace larder::sidecar
