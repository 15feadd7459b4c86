// arms.cc – see arms.h.
#include "tune/arms.h"

#include <algorithm>

#include "policy/setting_word.h"

namespace larder::tune {

namespace {

constexpr PolicySetting kArms[] = {
    {.promote = 2, .ghosts = 1, .challenge = false},
    {.promote = 1, .demote = true, .challenge = false},
    {.cold = 0.01, .adapt = false},
    {.cold = 0.10, .promote = 2, .ghosts = 1, .adapt = false},
    {.cold = 0.25, .ghosts = 1, .challenge = false, .adapt = false},
    {.cold = 0.10, .promote = 2, .ghosts = 1, .demote = true, .challenge = false, .adapt = false},
    {.cold = 0.01, .challenge = false, .adapt = false},
};

}  // namespace

std::vector<PolicySetting> arms_for(const PolicySetting& configured) {
  std::vector<PolicySetting> arms{configured};
  for (PolicySetting arm : kArms) {
    arm.by_size = configured.by_size;
    arm.tune = configured.tune;
    const uint64_t word = policy::SettingWord::pack(arm);
    if (std::none_of(arms.begin(), arms.end(),
                     [&](const PolicySetting& known) { return policy::SettingWord::pack(known) == word; }))
      arms.push_back(arm);
  }
  return arms;
}

}  // namespace larder::tune
