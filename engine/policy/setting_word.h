// setting_word.h – a policy setting in one word, so that it changes for everybody at once.
//
//   63 41  40   39     38     37     36   35              20 19 18 17   16 15               0
//  +-----+-----+-------+-----+------+------+-----------------+-----+-------+------------------+
//  |  0  |tune |by size|adapt|chal- |demote|     ghosts      | cap |promote|       cold       |
//  |     |     |       |     |lenge |      |     (/1024)     |     |       |     (/65535)     |
//  +-----+-----+-------+-----+------+------+-----------------+-----+-------+------------------+
//
// Concurrency   one atomic load by whoever needs it; one store by the sidecar.
// Crash         a word changes whole.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/bit_field.h"
#include "larder/options.h"

namespace larder::policy {

struct SettingWord {
  using Cold = base::Field<0, 16>;
  using Promote = base::Field<16, 2>;
  using Cap = base::Field<18, 2>;
  using Ghosts = base::Field<20, 16>;
  using Demote = base::Field<36, 1>;
  using Challenge = base::Field<37, 1>;
  using Adapt = base::Field<38, 1>;
  using BySize = base::Field<39, 1>;
  using Tune = base::Field<40, 1>;

  static uint64_t pack(const PolicySetting& s) {
    return Cold::make(rounded(std::clamp(s.cold, 0.0, 1.0) * 65535)) | Promote::make(std::min(s.promote, 3u)) |
           Cap::make(std::clamp(s.cap, 1u, 3u)) | Ghosts::make(rounded(std::clamp(s.ghosts, 0.0, 4.0) * 1024)) |
           Demote::make(s.demote) | Challenge::make(s.challenge) | Adapt::make(s.adapt) | BySize::make(s.by_size) |
           Tune::make(s.tune);
  }
  static PolicySetting unpack(uint64_t w) {
    PolicySetting s;
    s.cold = double(Cold::get(w)) / 65535;
    s.promote = static_cast<uint32_t>(Promote::get(w));
    s.cap = static_cast<uint32_t>(Cap::get(w));
    s.ghosts = double(Ghosts::get(w)) / 1024;
    s.demote = Demote::get(w) != 0;
    s.challenge = Challenge::get(w) != 0;
    s.adapt = Adapt::get(w) != 0;
    s.by_size = BySize::get(w) != 0;
    s.tune = Tune::get(w) != 0;
    return s;
  }

 private:
  static uint64_t rounded(double value) { return static_cast<uint64_t>(std::llround(value)); }
};

}  // namespace larder::policy
