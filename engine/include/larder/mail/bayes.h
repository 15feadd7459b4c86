// bayes.h – the word counts of the spam filter: how often each token was seen in ham and in spam.
//
// What it is    one counter for each token, of the whole server (prefix 17) or of one account (18): ham in the high 32
//               bits, spam in the low 32. The empty token holds the totals. One addition learns for both at once, so
//               processes that train together lose nothing.
// Tokens        up to 16 bytes stand for themselves; a longer one is represented by 128 bits of XXH3. (Other servers
//               use two 64-bit hashes there, XXH3 and FarmHash: models of theirs keep their short tokens only.)
// Invariants    B1 each half stays within 0..kMost. An addition that would leave that range is taken back and answered
//               saturated; the counter is what it was. B2 a reader that meets a count on its way out or back decodes
//               it exactly, since both halves are read as signed, and reports it within the range: that holds for up
//               to a thousand additions of the largest size out of range at the same time.
// Errors        told: a classifier that cannot read goes without, a trainer tries again.
// Persistence   no expiry, and kept on disk by default.
// Concurrency   any thread of any process.
// Crash         learn() adds token by token, the totals last; a process that dies has learned a part. One that dies
//               between an addition out of range and its taking back leaves the count just outside; the next one
//               brings it back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "larder/mail/prefixes.h"
#include "larder/store.h"

namespace larder::mail {

struct BayesCounts {
  uint32_t ham = 0;
  uint32_t spam = 0;
  bool operator==(const BayesCounts&) const = default;
};

struct BayesAnswer {
  StoreStatus status = StoreStatus::ok;
  BayesCounts counts;      ///< after an addition, or as read; zeros if the token is unknown
  bool saturated = false;  ///< the addition did not fit and changed nothing
};

class BayesModel {
 public:
  static constexpr uint32_t kMost = (1u << 30) - 1;  ///< largest count of either kind
  static constexpr uint32_t kMostAtOnce = 1u << 20;  ///< largest addition to either

  /// The model of the whole server, or of one account.
  explicit BayesModel(Store& store, std::optional<uint32_t> account = {}) : store_(store), account_(account) {}

  /// Adds to both counts, -kMostAtOnce..kMostAtOnce each; more is answered saturated.
  BayesAnswer add(std::string_view token, int64_t ham, int64_t spam);
  BayesAnswer get(std::string_view token);
  /// How many messages of each kind were learned.
  BayesAnswer totals() { return get({}); }

  /// Learns a message's tokens, each counted once, then the totals; `forget` takes it back. Empty tokens are left out.
  /// The first error of the store ends it; saturated tokens do not.
  StoreStatus learn(std::span<const std::string_view> tokens, bool spam, bool forget = false);
  /// Removes the whole model.
  StoreStatus clear(uint64_t& removed);

 private:
  Key key_of(std::string_view token) const;

  Store& store_;
  std::optional<uint32_t> account_;
};

}  // namespace larder::mail
