// trusted_reply.h – a message that answers one of ours is more welcome.
//
// What it is    the Message-IDs of messages that authenticated users sent, one record each, for 30 days by default. An
//               incoming message is a trusted reply if any id of its In-Reply-To and References is among them. Angle
//               brackets and spaces around an id are not part of it.
// Errors        a store that does not answer: not trusted; `status` says why, mail flows on.
// Concurrency   any thread of any process.
// Crash         nothing is lost but the message's own record.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "larder/mail/prefixes.h"
#include "larder/store.h"

namespace larder::mail {

struct TrustedAnswer {
  StoreStatus status = StoreStatus::ok;
  bool trusted = false;
};

class TrustedReplies {
 public:
  /// No duration: off, nothing is recorded or trusted.
  explicit TrustedReplies(Store& store, std::optional<milliseconds> duration = milliseconds(2'592'000'000))
      : store_(store), duration_(duration) {}

  /// Remembers a message that was sent; an id sent again counts from now. An empty id is nothing.
  StoreStatus sent(std::string_view message_id);
  TrustedAnswer answers(std::span<const std::string_view> message_ids);

 private:
  Store& store_;
  std::optional<milliseconds> duration_;
};

}  // namespace larder::mail
