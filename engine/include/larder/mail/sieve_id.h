// sieve_id.h – what a Sieve script has seen before: senders it sent a vacation notice to, duplicates.
//
// What it is    one record without content for each (account, script, id), under a BLAKE3 hash of the three, for as
//               long as the script says (vacation 30 days, duplicate 7 days if it says nothing).
// Errors        a store that does not answer: `seen` is false and `status` says why; a vacation script then rather
//               sends nothing, a duplicate test rather keeps the message.
// Concurrency   any thread of any process. Of several that ask about a new id at once, one finds it unseen.
// Crash         a process that dies after asking has marked the id as seen.
#pragma once

#include <string_view>

#include "larder/mail/prefixes.h"
#include "larder/store.h"

namespace larder::mail {

constexpr milliseconds kVacationTtl{2'592'000'000};
constexpr milliseconds kDuplicateTtl{604'800'000};

/// When an id's time begins.
enum class SieveTime : uint8_t {
  from_first,  ///< when it was first seen
  from_last,   ///< when it was last seen (":last")
};

struct SieveAnswer {
  StoreStatus status = StoreStatus::ok;
  bool seen = false;
};

class SieveIds {
 public:
  explicit SieveIds(Store& store) : store_(store) {}

  /// Whether the id was seen within its time, and marks it as seen.
  SieveAnswer check(uint32_t account, uint32_t script_hash, std::string_view id, milliseconds ttl,
                    SieveTime time = SieveTime::from_first);

 private:
  Store& store_;
};

}  // namespace larder::mail
