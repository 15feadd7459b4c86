// lease.h – locks that end by themselves: who may do a piece of work, until when.
//
// What it is    a lease is a record that only one caller can create. It has an owner token (16 random bytes, known to
//               the holder alone), a fencing number that grows with every new holder of the key, a label for people,
//               and a time to live. It ends when it is released, when its time is over, or, if it was asked for, when
//               the process that took it is gone.
// Invariants    L1 at any moment at most one lease of a key is live. L2 a failed attempt never touches the lease that
//               is in the way. L3 renew and release act only on the very lease they are given: after its end they
//               answer absent or changed, and a successor is safe from a late holder. L4 fencing numbers of a key only
//               grow; whoever stores results under a lease can refuse smaller ones.
// Value         u8 1, u8 flags (bit 0: ends with its process), u64 worker identity (0: not asked for), 16 bytes token,
//               label. Big-endian. Any other value under the key counts as a lease of somebody unknown.
// Errors        a store that does not answer is not a lease: nothing was acquired (after `unavailable` perhaps it was,
//               then it ends with its time).
// Concurrency   any thread of any process. Two that take over a dead holder's lease at once: one gets it.
// Crash         a holder that dies leaves the lease until its end, see above.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "larder/mail/prefixes.h"
#include "larder/store.h"

namespace larder::mail {

using OwnerToken = std::array<char, 16>;

/// A lease as its holder knows it.
struct Lease {
  std::string key;
  OwnerToken token{};
  uint64_t fence = 0;  ///< greater than that of every earlier lease of the key
};

struct LeaseOptions {
  static constexpr size_t kMaxLabelBytes = 64;
  std::optional<milliseconds> ttl;  ///< none: until released; only together with ends_with_process
  std::string label{};              ///< shown to people; what is longer is cut
  bool ends_with_process = false;   ///< the store must know workers, else not_supported
};

/// A lease as anybody sees it.
struct LeaseInfo {
  std::string key;
  std::string label;
  uint64_t fence = 0;
  std::optional<milliseconds> ttl;  ///< time left; none = no limit
  uint64_t worker = 0;              ///< identity of the process it ends with; 0 = none
  bool ended = false;               ///< that process is gone: whoever asks next gets it
};

struct LeaseAnswer {
  StoreStatus status = StoreStatus::unavailable;  ///< ok: it is yours; exists: somebody else holds it
  Lease lease;                                    ///< if ok
  std::optional<LeaseInfo> holder;                ///< if exists
  explicit operator bool() const { return status == StoreStatus::ok; }
};

class Leases {
 public:
  explicit Leases(Store& store) : store_(store) {}

  /// Takes the lease if nobody holds it. Not re-entrant. Never waits.
  LeaseAnswer acquire(std::string_view key, const LeaseOptions& options);
  /// Gives a live lease a new time to live. absent or changed: it is lost.
  StoreStatus renew(const Lease& lease, milliseconds ttl);
  /// Ends it. absent or changed: it was lost before.
  StoreStatus release(const Lease& lease);
  /// The live lease of that token, for a holder that kept only its token: ok, absent, or changed if another holds it.
  StoreStatus find(std::string_view key, const OwnerToken& token, Lease& out);
  /// Who holds the key: ok or absent.
  StoreStatus holder(std::string_view key, LeaseInfo& out);
  /// All live leases whose key begins with the prefix. Records that are no leases are not among them.
  StoreStatus list(std::string_view prefix, std::vector<LeaseInfo>& out);

  // The form in two calls: anonymous, for a fixed time.
  /// ok: acquired; exists: somebody holds it.
  StoreStatus try_lock(const Key& key, milliseconds duration);
  /// Removes whoever's lock it is: ok or absent. Prefer release().
  StoreStatus remove_lock(const Key& key) { return store_.key_delete(key); }

 private:
  LeaseAnswer acquire_as(std::string_view key, const LeaseOptions& options, const OwnerToken& token);
  /// What a record says of its holder; nothing if it is no lease.
  std::optional<LeaseInfo> info_of(std::string_view key, const Record& record);

  Store& store_;
};

}  // namespace larder::mail
