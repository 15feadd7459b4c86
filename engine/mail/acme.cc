// acme.cc – see larder/mail/acme.h.
#include "larder/mail/acme.h"

namespace larder::mail {
namespace {

enum class Kind : char { proof = 0, certificate = 1 };

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

StoreStatus put(Store& store, const Key& key, Kind kind, std::string_view content) {
  std::string value(1, static_cast<char>(kind));
  value += content;
  return store.key_set(key, value, lifetime()).status;
}

StoreStatus get(Store& store, const Key& key, Kind kind, std::string& content) {
  std::string value;
  const StoreStatus status = store.key_get(key, value);
  if (status != StoreStatus::ok) return status;
  if (value.empty() || value.front() != static_cast<char>(kind)) return StoreStatus::absent;
  content.assign(value, 1);
  return StoreStatus::ok;
}

}  // namespace

StoreStatus AcmeChallenges::put_proof(std::string_view token, std::string_view proof) {
  return put(store_, token_key(token), Kind::proof, proof);
}

StoreStatus AcmeChallenges::get_proof(std::string_view token, std::string& proof) {
  return get(store_, token_key(token), Kind::proof, proof);
}

StoreStatus AcmeChallenges::remove_proof(std::string_view token) { return store_.key_delete(token_key(token)); }

StoreStatus AcmeChallenges::put_certificate(std::string_view domain, std::string_view certificate) {
  return put(store_, domain_key(domain), Kind::certificate, certificate);
}

StoreStatus AcmeChallenges::get_certificate(std::string_view domain, std::string& certificate) {
  return get(store_, domain_key(domain), Kind::certificate, certificate);
}

StoreStatus AcmeChallenges::remove_certificate(std::string_view domain) {
  return store_.key_delete(domain_key(domain));
}

}  // namespace larder::mail
