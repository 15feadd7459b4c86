// people.h – users and domains of the workload's mail server: who is asked for, and under which keys.
//
// What it is    users live in a few local domains and correspond with many remote ones; both are drawn by Zipf's law
//               (exponent 0.99), number 0 the most popular. Keys have the shape the mail server uses: account ids of
//               four bytes big-endian, names with a trailing dot, addresses as local part and domain id.
// Invariants    a name depends on its number only, so all workers agree on it.
// Concurrency   one thread per object.
// Crash         nothing is shared.
#pragma once

#include <cstdint>
#include <string>

#include "load/random.h"
#include "load/zipf.h"

namespace larder::tools {

class People {
 public:
  People(uint32_t users, uint32_t domains);

  uint32_t any_user(Random& random) const { return user_zipf_.sample(random); }
  uint32_t any_domain(Random& random) const { return domain_zipf_.sample(random); }
  uint32_t domain_of(uint32_t user) const { return user % local_domains_; }
  uint32_t tenant_of(uint32_t user) const { return domain_of(user) / 4; }

  /// Number as four bytes, big-endian: the key of accounts, domains, tokens, …
  static std::string id_key(uint32_t id);
  std::string local_name(uint32_t user) const;      ///< name of the user's domain, e.g. "mail3.example"
  std::string address_key(uint32_t user) const;     ///< "user17" and the domain's id
  std::string once_key(uint64_t number) const;      ///< an address that is seen once
  std::string unknown_key(Random& random) const;    ///< an address that does not exist (guessed by spammers)
  std::string credentials(uint32_t user) const;     ///< as in an Authorization header
  static std::string remote_name(uint32_t domain);  ///< "d42.example.org."
  static std::string address_of(uint32_t domain);   ///< four bytes of an IP address
  static std::string block_list_name(uint32_t domain, uint32_t list);  ///< "2.0.0.10.zone3.example.net."

 private:
  uint32_t local_domains_;
  Zipf user_zipf_, domain_zipf_;
};

}  // namespace larder::tools
