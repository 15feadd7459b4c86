// address.h – IP addresses and networks, and the list of those that are never limited or banned.
//
// What it is    an IpAddress is 4 or 16 bytes; an IPv6 address that maps an IPv4 one is that IPv4 address, so that a
//               client counts once however the listener writes it. A Network is an address and the number of its
//               leading bits that count. AllowList always holds 127.0.0.1 and ::1.
// Concurrency   plain values.
// Crash         nothing here lives in the segment.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "larder/result.h"

namespace larder::mail {

class IpAddress {
 public:
  /// 4 or 16 bytes in network order; nothing for other lengths.
  static std::optional<IpAddress> from_bytes(std::string_view bytes);
  /// "192.0.2.1" or "2001:db8::1". Code::invalid_argument for anything else, also for zones and ports.
  static Result<IpAddress> parse(std::string_view text);

  /// In network order; this is how an address stands in keys.
  std::string_view bytes() const { return {bytes_.data(), size_}; }
  bool is_v4() const { return size_ == 4; }
  std::string text() const;
  bool operator==(const IpAddress&) const = default;

 private:
  std::array<char, 16> bytes_{};
  uint8_t size_ = 4;
};

class Network {
 public:
  /// "192.0.2.0/24", or an address for itself alone. Bits behind the prefix must be zero.
  static Result<Network> parse(std::string_view text);
  bool contains(const IpAddress& address) const;
  std::string text() const;

 private:
  IpAddress address_;
  uint8_t bits_ = 0;
};

class AllowList {
 public:
  AllowList();
  /// Networks and addresses as texts; the error names the first that is none.
  static Result<AllowList> parse(std::span<const std::string> texts);
  bool contains(const IpAddress& address) const;

 private:
  std::vector<Network> networks_;
};

}  // namespace larder::mail
