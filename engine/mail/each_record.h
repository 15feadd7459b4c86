// each_record.h – a complete scan, record by record.
//
// What it is    what lists of leases and bans are made with. A record that stays during the scan is visited; one that
//               is removed and created anew meanwhile may be visited twice.
// Concurrency   any thread.
// Crash         reads only.
#pragma once

#include <string_view>

#include "larder/store.h"

namespace larder::mail {

/// Calls visit(item) for each record whose key begins with the prefix; stops at the first status that is not ok.
template <class Visit>
StoreStatus each_record(Store& store, std::string_view prefix, const Visit& visit) {
  constexpr size_t kAtATime = 256;
  uint64_t cursor = 0;
  do {
    const ScanPage page = store.scan(prefix, cursor, kAtATime);
    if (page.status != StoreStatus::ok) return page.status;
    for (const ScanItem& item : page.items) visit(item);
    cursor = page.cursor;
  } while (cursor != 0);
  return StoreStatus::ok;
}

}  // namespace larder::mail
