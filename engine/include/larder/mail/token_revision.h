// token_revision.h – access tokens made before a change are told from those made after it.
//
// What it is    one counter for each principal (account, role, group, tenant), one higher after each change to it or
//               to what it inherits from. A cached access token carries the number it was made under and is good as
//               long as that is still the number. No record is revision 0.
// Expiry        30 days after the last change, as tokens cached for so long do not exist; a token must not be kept
//               longer than that, or a number could come round again.
// Errors        a store that does not answer: no token is current.
// Concurrency   any thread of any process. Read the revision before building a token: one built from older data than
//               its revision says would stay good.
// Crash         changed() for several principals may have reached only the first ones; call it again.
#pragma once

#include <cstdint>
#include <span>

#include "larder/mail/prefixes.h"
#include "larder/store.h"

namespace larder::mail {

struct CurrentAnswer {
  StoreStatus status = StoreStatus::ok;
  bool current = false;
};

class TokenRevisions {
 public:
  explicit TokenRevisions(Store& store) : store_(store) {}

  /// ok with 0 for a principal that never changed.
  CounterAnswer revision(uint32_t principal);
  /// All tokens of these principals are out of date from now on. The first error ends it.
  StoreStatus changed(std::span<const uint32_t> principals);
  CurrentAnswer is_current(uint32_t principal, int64_t revision);

 private:
  Store& store_;
};

}  // namespace larder::mail
