// acme.h – answers to ACME challenges that any process can serve.
//
// What it is    the proof of an http-01 challenge under its token, and the certificate and key of a tls-alpn-01
//               challenge under its domain name in lower case, each for an hour.
// Value         u8 0 and the proof, or u8 1 and the certificate. Both share prefix 0, and tokens come from strangers:
//               whoever asks for a proof by a domain's name finds nothing, never the key.
// Errors        a store that does not answer: the challenge fails and the authority tries again.
// Concurrency   any thread of any process.
// Crash         nothing is lost but the challenge in hand.
#pragma once

#include <string>
#include <string_view>

#include "larder/mail/prefixes.h"
#include "larder/store.h"

namespace larder::mail {

class AcmeChallenges {
 public:
  explicit AcmeChallenges(Store& store) : store_(store) {}

  StoreStatus put_proof(std::string_view token, std::string_view proof);
  /// ok or absent.
  StoreStatus get_proof(std::string_view token, std::string& proof);
  StoreStatus remove_proof(std::string_view token);
  /// The bytes of certificate and key, in whatever form the server uses.
  StoreStatus put_certificate(std::string_view domain, std::string_view certificate);
  StoreStatus get_certificate(std::string_view domain, std::string& certificate);
  StoreStatus remove_certificate(std::string_view domain);

 private:
  Store& store_;
};

}  // namespace larder::mail
