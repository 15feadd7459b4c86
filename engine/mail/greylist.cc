// greylist.cc – see larder/mail/greylist.h.
#include "larder/mail/greylist.h"

namespace larder::mail {

GreylistAnswer Greylist::check(std::string_view sender, std::string_view recipient) {
  if (!duration_) return {};
  Key key(Prefix::greylist);
  key.lower_text(sender);
  if (separated_) key.u8(0);
  key.lower_text(recipient);
  const StoreStatus status = store_.add(key, {}, duration_).status;
  if (status == StoreStatus::ok) return {StoreStatus::ok, false};
  return {status == StoreStatus::exists ? StoreStatus::ok : status, true};
}

}  // namespace larder::mail
