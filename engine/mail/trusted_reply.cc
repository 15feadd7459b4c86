// trusted_reply.cc – see larder/mail/trusted_reply.h.
#include "larder/mail/trusted_reply.h"

#include <algorithm>

namespace larder::mail {
namespace {

std::string_view bare(std::string_view id) {
  constexpr std::string_view kAround = " \t\r\n<>";
  const size_t begin = id.find_first_not_of(kAround);
  if (begin == std::string_view::npos) return {};
  return id.substr(begin, id.find_last_not_of(kAround) - begin + 1);
}

Key key_of(std::string_view bare_id) {
  Key key(Prefix::trusted_reply);
  key.text(bare_id);
  return key;
}

}  // namespace

StoreStatus TrustedReplies::sent(std::string_view message_id) {
  const std::string_view id = bare(message_id);
  if (!duration_ || id.empty()) return StoreStatus::ok;
  return store_.key_set(key_of(id), {}, duration_).status;
}

TrustedAnswer TrustedReplies::answers(std::span<const std::string_view> message_ids) {
  TrustedAnswer answer;
  if (!duration_) return answer;
  for (const std::string_view message_id : message_ids) {
    const std::string_view id = bare(message_id);
    if (id.empty()) continue;
    const StoreStatus status = store_.key_exists(key_of(id));
    if (status == StoreStatus::ok) return {StoreStatus::ok, true};
    if (status != StoreStatus::absent) answer.status = status;
  }
  return answer;
}

}  // namespace larder::mail
