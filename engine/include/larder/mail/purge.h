// purge.h – removing everything of one kind from a store, by the names administrators know.
//
// What it is    each row of the prefix table has a kind; some names stand for several: `rate` for all rate limits (2
//               to 10), `auth-tokens` for 0 and 1, `lock-queue` for 21 and 22, `lock-task` for 23 and 24. No kind:
//               sweep what is expired. `token-revision` and `quota-blob` share number 11 and go together.
// Concurrency   any thread; what is created meanwhile may stay.
// Crash         a purge that dies has removed a part.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "larder/mail/prefixes.h"
#include "larder/store.h"

namespace larder::mail {

/// The names of all kinds, in the order of their numbers, then those that stand for several.
std::vector<std::string_view> purge_kinds();

struct PurgeAnswer {
  StoreStatus status = StoreStatus::ok;
  uint64_t removed = 0;
};

/// Removes all records of the kind; empty: what is expired. `account` narrows bayes-account (18) to one account, and is
/// an error for other kinds. Code::not_found for an unknown kind.
Result<PurgeAnswer> purge(Store& store, std::string_view kind, std::optional<uint32_t> account = {});

}  // namespace larder::mail
