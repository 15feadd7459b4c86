// sieve_id.cc – see larder/mail/sieve_id.h.
#include "larder/mail/sieve_id.h"

#include <string>

#include "mail/blake3.h"
#include "mail/bytes.h"

namespace larder::mail {

SieveAnswer SieveIds::check(uint32_t account, uint32_t script_hash, std::string_view id, milliseconds ttl,
                            SieveTime time) {
  std::string input;
  append(input, account, 4);
  append(input, script_hash, 4);
  input += id;
  Key key(Prefix::sieve_id);
  key.text(blake3(input));
  for (;;) {
    const StoreStatus added = store_.add(key, {}, ttl).status;
    if (added == StoreStatus::ok) return {StoreStatus::ok, false};
    if (added != StoreStatus::exists) return {added, false};
    if (time == SieveTime::from_first) return {StoreStatus::ok, true};
    const StoreStatus touched = store_.touch(key, ttl);
    // Absent: it expired in between, so it is unseen again.
    if (touched != StoreStatus::absent) return {touched, touched == StoreStatus::ok};
  }
}

}  // namespace larder::mail
