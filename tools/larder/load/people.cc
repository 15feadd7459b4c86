// people.cc – forms the names and keys.
#include "load/people.h"

#include <fmt/format.h>

#include <algorithm>

namespace larder::tools {

namespace {

constexpr double kExponent = 0.99;
constexpr uint32_t kGuesses = 100;  ///< local parts that spammers guess: a list, not random text

}  // namespace

People::People(uint32_t users, uint32_t domains)
    : local_domains_(std::max(1u, domains / 20)), user_zipf_(users, kExponent), domain_zipf_(domains, kExponent) {}

std::string People::id_key(uint32_t id) {
  return {static_cast<char>(id >> 24), static_cast<char>(id >> 16), static_cast<char>(id >> 8), static_cast<char>(id)};
}

std::string People::local_name(uint32_t user) const { return fmt::format("mail{}.example", domain_of(user)); }

std::string People::address_key(uint32_t user) const { return fmt::format("user{}", user) + id_key(domain_of(user)); }

std::string People::once_key(uint64_t number) const {
  return fmt::format("once{:x}", number) + id_key(static_cast<uint32_t>(number % local_domains_));
}

std::string People::unknown_key(Random& random) const {
  return fmt::format("guess{}", random.below(kGuesses)) + id_key(domain_of(any_user(random)));
}

std::string People::credentials(uint32_t user) const {
  return fmt::format("Bearer {:016x}{:016x}", mix(user), mix(~uint64_t{user}));
}

std::string People::remote_name(uint32_t domain) { return fmt::format("d{}.example.org.", domain); }

std::string People::address_of(uint32_t domain) { return id_key(0x0a000000 | domain); }

std::string People::block_list_name(uint32_t domain, uint32_t list) {
  return fmt::format("{}.{}.{}.10.zone{}.example.net.", domain & 255, domain >> 8 & 255, domain >> 16 & 255, list);
}

}  // namespace larder::tools
