// greylist.h – a pair of sender and recipient is told to come back the first time it is seen.
//
// What it is    one record a pair, without content, living for the configured duration from the first attempt; later
//               attempts do not renew it. The first attempt is deferred (SMTP 452), all others are accepted at once.
//               Authenticated sessions are never deferred: do not ask.
// Key           sender and recipient in lower case, one behind the other, as other servers write it: a@x‖y@z and
//               a@xy‖@z are the same key, which real addresses do not reach. Greylist(…, separated) puts a zero byte
//               between them.
// Errors        a store that does not answer accepts; `status` says why.
// Concurrency   any thread of any process. Of several first attempts at once, one is deferred.
// Crash         nothing is lost but the attempt.
#pragma once

#include <optional>
#include <string_view>

#include "larder/mail/prefixes.h"
#include "larder/store.h"

namespace larder::mail {

struct GreylistAnswer {
  StoreStatus status = StoreStatus::ok;
  bool accept = true;
};

class Greylist {
 public:
  /// No duration: greylisting is off, everything is accepted.
  Greylist(Store& store, std::optional<milliseconds> duration, bool separated = false)
      : store_(store), duration_(duration), separated_(separated) {}

  GreylistAnswer check(std::string_view sender, std::string_view recipient);

 private:
  Store& store_;
  std::optional<milliseconds> duration_;
  bool separated_;
};

}  // namespace larder::mail
