// address.cc – reading, printing and comparing addresses; see larder/mail/address.h.
#include "larder/mail/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/error.h"

namespace larder::mail {
namespace {

constexpr std::string_view kMapped("\0\0\0\0\0\0\0\0\0\0\xFF\xFF", 12);

Error no_network(std::string_view text, std::string_view why) {
  return base::with_hint(base::fail(Code::invalid_argument, "\"{}\" is not a network: {}", text, why),
                         "write an address, or an address, a slash and the number of bits: 192.0.2.0/24");
}

}  // namespace

std::optional<IpAddress> IpAddress::from_bytes(std::string_view bytes) {
  if (bytes.size() == 16 && bytes.starts_with(kMapped)) bytes.remove_prefix(kMapped.size());
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  address.size_ = static_cast<uint8_t>(bytes.size());
  return address;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string copy(text);
  char bytes[16];
  const bool inner_zero = copy.find('\0') != std::string::npos;
  if (!inner_zero && inet_pton(AF_INET, copy.c_str(), bytes) == 1) return *from_bytes({bytes, 4});
  if (!inner_zero && inet_pton(AF_INET6, copy.c_str(), bytes) == 1) return *from_bytes({bytes, 16});
  return base::with_hint(base::fail(Code::invalid_argument, "\"{}\" is not an IP address", text),
                         "write it like 192.0.2.1 or 2001:db8::1");
}

std::string IpAddress::text() const {
  char text[INET6_ADDRSTRLEN];
  return inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
}

Result<Network> Network::parse(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return address.error();
  Network network;
  network.address_ = *address;
  const unsigned most = address->is_v4() ? 32 : 128;
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc() || end != digits.data() + digits.size() || bits > most) {
      return no_network(text, fmt::format("the bits must be a number from 0 to {}", most));
    }
  }
  network.bits_ = static_cast<uint8_t>(bits);
  for (unsigned bit = bits; bit < most; ++bit) {
    if ((address->bytes()[bit / 8] >> (7 - bit % 8) & 1) != 0) {
      return no_network(text, "there are bits set behind the prefix");
    }
  }
  return network;
}

bool Network::contains(const IpAddress& address) const {
  const std::string_view mine = address_.bytes(), theirs = address.bytes();
  if (mine.size() != theirs.size()) return false;
  const size_t whole = bits_ / 8;
  if (mine.substr(0, whole) != theirs.substr(0, whole)) return false;
  const unsigned rest = bits_ % 8;
  return rest == 0 || (static_cast<uint8_t>(mine[whole] ^ theirs[whole]) >> (8 - rest)) == 0;
}

std::string Network::text() const { return fmt::format("{}/{}", address_.text(), bits_); }

AllowList::AllowList() : networks_{*Network::parse("127.0.0.1"), *Network::parse("::1")} {}

Result<AllowList> AllowList::parse(std::span<const std::string> texts) {
  AllowList list;
  for (const std::string& text : texts) {
    const auto network = Network::parse(text);
    if (!network) return network.error();
    list.networks_.push_back(*network);
  }
  return list;
}

bool AllowList::contains(const IpAddress& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& n) { return n.contains(address); });
}

}  // namespace larder::mail
