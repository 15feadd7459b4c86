// cache_tuner.cc – see cache_tuner.h.
#include "tune/cache_tuner.h"

#include <algorithm>
#include <cmath>

#include "policy/setting_word.h"
#include "tune/arms.h"

namespace larder::tune {

namespace {

size_t number_of(const std::vector<PolicySetting>& settings, const PolicySetting& wanted) {
  const uint64_t word = policy::SettingWord::pack(wanted);
  for (size_t i = 0; i < settings.size(); ++i)
    if (policy::SettingWord::pack(settings[i]) == word) return i;
  return 0;
}

}  // namespace

uint32_t CacheTuner::bits_for(double usable_bytes, double entry_bytes) {
  const double entries = usable_bytes / std::max(entry_bytes, 1.0);
  return static_cast<uint32_t>(std::clamp(std::log2(std::max(entries / kEntries, 1.0)), 0.0, double(kMostBits)));
}

CacheTuner::CacheTuner(const PolicySetting& configured, const PolicySetting& in_use, const Scale& scale)
    : settings_(arms_for(configured)),
      bits_(std::min(scale.bits, kMostBits)),
      window_(
          std::max(kLeastWindow, uint64_t(scale.usable_bytes / std::max(scale.entry_bytes, 1.0) * rate() * kWindow))),
      judge_(settings_.size(), number_of(settings_, in_use)),
      before_(settings_.size(), 0) {
  const auto budget = uint64_t(scale.usable_bytes * rate());
  for (const PolicySetting& setting : settings_) panel_.add(setting, budget);
  first_of_curve_ = panel_.size();
  for (const double size : policy::kCurveSizes) panel_.add(settings_[judge_.in_use()], uint64_t(double(budget) * size));
}

std::optional<Verdict> CacheTuner::take(const segment::Sample& sample, uint32_t now) {
  const uint64_t lookups = panel_.lookups();
  panel_.take(sample, now);
  if (panel_.lookups() == lookups || panel_.lookups() % window_ != 0) return std::nullopt;
  std::vector<uint64_t> misses(settings_.size());
  for (size_t arm = 0; arm < settings_.size(); ++arm) {
    misses[arm] = panel_[arm].misses - before_[arm];
    before_[arm] = panel_[arm].misses;
  }
  weight_ = weight_ * Judge::kMemory + double(window_);
  const size_t from = judge_.in_use();
  if (!judge_.window(misses)) return std::nullopt;
  const size_t to = judge_.in_use();
  for (size_t point = first_of_curve_; point < panel_.size(); ++point) panel_[point].cache.use(settings_[to]);
  return Verdict{settings_[from], settings_[to], this->misses(from), this->misses(to)};
}

double CacheTuner::misses(size_t arm) const { return weight_ > 0 ? judge_.score(arm) / weight_ : 0; }

double CacheTuner::curve(size_t point, uint64_t lookups) const {
  const double expected = double(lookups) * rate();
  return expected > 0 ? std::min(1.0, double(panel_[first_of_curve_ + point].misses) / expected) : 0;
}

}  // namespace larder::tune
