// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;

namespace gatehouse::http {

// An IPv4 or IPv6 address as a value. IPv4 addresses mapped into IPv6 (::ffff:a.b.c.d) are the IPv4 address, so that
// one client is one address however it came in. Zones (fe80::1%eth0) are dropped.
class IpAddress {
 public:
  IpAddress() = default;  // ::

  // Numbers only, no port, no brackets, no zone.
  static std::optional<IpAddress> parse(std::string_view text);
  // Of an accepted socket; :: for families that are not IP.
  static IpAddress of(const sockaddr& address) noexcept;

  bool is_v4() const noexcept;
  bool is_loopback() const noexcept;
  // RFC 5952 for IPv6.
  std::string text() const;
  // The address with only its first `bits` of 128 kept; IPv4 addresses begin at bit 96.
  IpAddress network(unsigned bits) const noexcept;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  explicit IpAddress(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}
  static IpAddress mapped(const std::uint8_t (&v4)[4]) noexcept;

  std::array<std::uint8_t, 16> bytes_{};
};

// A range of addresses: "10.0.0.0/8", "2001:db8::/32", "::ffff:10.0.0.0/104" (which is 10.0.0.0/8), or one address.
class Cidr {
 public:
  static std::optional<Cidr> parse(std::string_view text);
  bool contains(const IpAddress& address) const noexcept { return address.network(bits_) == network_; }

 private:
  IpAddress network_;
  unsigned bits_ = 128;
};

}  // namespace gatehouse::http
