// returning.cc – see returning.h.
#include "policy/returning.h"

namespace larder::policy {

bool recall(const Plane& plane, uint64_t hash, uint64_t bytes) {
  const uint64_t ways = plane.ghost_ways();
  const auto age = plane.ghosts.recall(hash, static_cast<uint32_t>(GhostWays::Cold::get(ways)));
  const uint64_t setting = plane.setting();
  if (SettingWord::Adapt::get(setting) == 0) return age.has_value();
  const bool from_hot = plane.recent.recall(hash, static_cast<uint32_t>(GhostWays::Recent::get(ways))).has_value();
  const bool young = age && *age < GhostWays::Young::get(ways);
  if (from_hot || young) {
    const uint64_t word = plane.words->cold_share.load_relaxed();
    const double set = double(SettingWord::Cold::get(setting)) / 65535;
    plane.words->cold_share.store_relaxed(ColdShare::moved(word, set, double(bytes) / plane.usable_bytes(), !from_hot));
  }
  return age.has_value();
}

}  // namespace larder::policy
