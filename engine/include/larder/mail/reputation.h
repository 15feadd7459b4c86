// reputation.h – what senders' earlier messages say about the next one.
//
// What it is    up to four records for each message: of its IP address, its network (ASN), its domain and its sender.
//               Each holds the number of messages n and a sum of scores that fades by `token` (t): a message of score
//               s makes it (n+1)·(s + t·old) / (t·n + 1). What a record says is old / n; the weighted sum of what the
//               present ones say, if it is above zero, draws the message's score towards it by `factor`.
// Keys          domain and sender stand under their own names only if DMARC passed; else both stand as "_" and the
//               domain, so that a forger meets the forgers' reputation.
// Value         u32 n (stays at its maximum), f64 sum, both big-endian. A value of another form counts as none.
// Errors        a store that does not answer, also for one of the records: that record says nothing, `status` says
//               why.
// Concurrency   any thread of any process; no message is lost to another (Store::update).
// Crash         a message may have reached some of its records and not the others.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "larder/mail/address.h"
#include "larder/mail/prefixes.h"
#include "larder/store.h"

namespace larder::mail {

struct ReputationSettings {
  double token = 0.98;  ///< how much of the old sum stays, 0..1
  double factor = 0.5;  ///< how far a score is drawn, 0..1
  double ip = 0.2;      ///< weights
  double domain = 0.2;
  double asn = 0.1;
  double sender = 0.5;
  milliseconds expiry{2'592'000'000};  ///< from the last message
  bool learn = true;                   ///< false: look only (test mode)
};

/// Who sent a message; what is not known stays empty.
struct MessageOrigin {
  std::optional<IpAddress> ip{};
  std::optional<uint32_t> asn{};
  std::string_view domain{};  ///< registrable domain of the sender
  std::string_view sender{};  ///< address
  bool dmarc_passed = false;
};

struct ReputationAnswer {
  StoreStatus status = StoreStatus::ok;  ///< the last error, if there was one
  double score = 0;                      ///< the message's, adjusted
  double reputation = 0;                 ///< the weighted sum
};

class Reputation {
 public:
  explicit Reputation(Store& store, ReputationSettings settings = {}) : store_(store), settings_(settings) {}

  /// Adjusts the score of a message by what is known, and adds the message to it. A score that is not finite is
  /// returned as it is, and nothing is learned.
  ReputationAnswer apply(const MessageOrigin& origin, double score);

 private:
  /// What one record says, 0 if there is none; adds the message.
  double visit(const Key& key, double score, StoreStatus& status);

  Store& store_;
  ReputationSettings settings_;
};

}  // namespace larder::mail
