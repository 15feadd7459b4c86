// quota_blob.h – how much an account has uploaded in the present window.
//
// What it is    one counter for an account and a window: the number of uploads in the high 20 bits, their bytes in the
//               low 44. An upload is added first and taken back if it is over a limit, so that uploads at the same
//               time never exceed it together; one that would have fitted may be refused while another is being taken
//               back.
// Limits        kMostUploads uploads and kMostBytes bytes a window, whatever is configured: the bytes of 63 uploads of
//               the largest kind at the same time still fit their 44 bits.
// Errors        a store that does not answer: not allowed, `status` says why.
// Concurrency   any thread of any process.
// Crash         a process that dies between adding and taking back leaves a refused upload counted until the window is
//               over.
#pragma once

#include <cstdint>

#include "larder/mail/clock.h"
#include "larder/mail/prefixes.h"
#include "larder/store.h"

namespace larder::mail {

struct BlobQuota {
  uint64_t uploads = 1000;         ///< in a window
  uint64_t bytes = 50 << 20;       ///< in a window
  milliseconds window{3'600'000};  ///< in whole seconds, at least one
};

struct BlobUsage {
  uint64_t uploads = 0;
  uint64_t bytes = 0;
};

struct BlobAnswer {
  StoreStatus status = StoreStatus::ok;
  bool allowed = false;
  BlobUsage usage;     ///< with this upload, if it was allowed
  uint64_t reset = 0;  ///< seconds until the window ends
};

class BlobQuotas {
 public:
  static constexpr uint64_t kMostUploads = (1 << 19) - 1;  ///< the counter is signed
  static constexpr uint64_t kMostBytes = uint64_t{1} << 38;

  BlobQuotas(Store& store, const BlobQuota& quota, WallClock clock = system_clock())
      : store_(store), quota_(quota), clock_(std::move(clock)) {}

  /// Counts an upload of so many bytes if it is within the quota.
  BlobAnswer upload(uint32_t account, uint64_t bytes);
  /// What is used; `allowed` says whether there is room for an upload of one byte.
  BlobAnswer usage(uint32_t account);

 private:
  Store& store_;
  BlobQuota quota_;
  WallClock clock_;
};

}  // namespace larder::mail
