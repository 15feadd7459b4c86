// acme.cc – see larder/mail/acme.h.
#include "larder/mail/acme.h"

namespace larder::mail {
namespace {

milliseconds lifetime() { return find_prefix(static_cast<uint8_t>(Prefix::acme))->ttl; }

Key token_key(std::string_view token) {
  Key key(Prefix::acme);
  key.text(token);
  return key;
}

Key domain_key(std::string_view domain) {
  Key key(Prefix::acme);
  key.lower_text(domain);
  return key;
}

}  // namespace

StoreStatus AcmeChallenges::put_proof(std::string_view token, std::string_view proof) {
  return store_.key_set(token_key(token), proof, lifetime()).status;
}

StoreStatus AcmeChallenges::get_proof(std::string_view token, std::string& proof) {
  return store_.key_get(token_key(token), proof);
}

StoreStatus AcmeChallenges::remove_proof(std::string_view token) { return store_.key_delete(token_key(token)); }

StoreStatus AcmeChallenges::put_certificate(std::string_view domain, std::string_view certificate) {
  return store_.key_set(domain_key(domain), certificate, lifetime()).status;
}

StoreStatus AcmeChallenges::get_certificate(std::string_view domain, std::string& certificate) {
  return store_.key_get(domain_key(domain), certificate);
}

StoreStatus AcmeChallenges::remove_certificate(std::string_view domain) {
  return store_.key_delete(domain_key(domain));
}

}  // namespace larder::mail
