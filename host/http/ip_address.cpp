// SPDX-License-Identifier: Apache-2.0
#include "http/ip_address.h"

#include "http/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace gatehouse::http {
namespace {

constexpr unsigned v4_offset = 12;
constexpr unsigned v4_bits = 96;

}  // namespace

IpAddress IpAddress::mapped(const std::uint8_t (&v4)[4]) noexcept {
  IpAddress address;
  address.bytes_[10] = address.bytes_[11] = 0xFF;
  std::copy(std::begin(v4), std::end(v4), address.bytes_.begin() + v4_offset);
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  std::uint8_t v4[4];
  if (inet_pton(AF_INET, terminated.c_str(), v4) == 1) return mapped(v4);
  std::array<std::uint8_t, 16> v6{};
  if (inet_pton(AF_INET6, terminated.c_str(), v6.data()) == 1) return IpAddress(v6);
  return std::nullopt;
}

IpAddress IpAddress::of(const sockaddr& address) noexcept {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::uint8_t bytes[4];
    std::memcpy(bytes, &v4.sin_addr, sizeof bytes);
    return mapped(bytes);
  }
  IpAddress result;
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    std::memcpy(result.bytes_.data(), &v6.sin6_addr, result.bytes_.size());
  }
  return result;
}

bool IpAddress::is_v4() const noexcept {
  return bytes_[10] == 0xFF && bytes_[11] == 0xFF &&
         std::all_of(bytes_.begin(), bytes_.begin() + 10, [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_loopback() const noexcept {
  if (is_v4()) return bytes_[v4_offset] == 127;
  return bytes_[15] == 1 && std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

std::string IpAddress::text() const {
  char text[INET6_ADDRSTRLEN] = {};
  if (is_v4()) {
    inet_ntop(AF_INET, bytes_.data() + v4_offset, text, sizeof text);
  } else {
    inet_ntop(AF_INET6, bytes_.data(), text, sizeof text);
  }
  return text;
}

IpAddress IpAddress::network(unsigned bits) const noexcept {
  IpAddress result = *this;
  for (unsigned i = 0; i < result.bytes_.size(); ++i) {
    const unsigned kept = std::min(8U, bits - std::min(bits, i * 8));
    result.bytes_[i] = static_cast<std::uint8_t>(result.bytes_[i] & (0xFF00U >> kept));
  }
  return result;
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
  auto length = text;
  const auto address = IpAddress::parse(take_until(length, '/'));
  if (!address) return std::nullopt;
  // ::ffff:10.0.0.0/104 counts its bits as IPv6 does.
  const unsigned offset = address->is_v4() && text.find(':') == std::string_view::npos ? v4_bits : 0;
  Cidr cidr;
  if (text.find('/') != std::string_view::npos) {
    unsigned bits = 0;
    const auto* end = length.data() + length.size();
    const auto [at, error] = std::from_chars(length.data(), end, bits);
    if (error != std::errc() || at != end || bits > 128 - offset) return std::nullopt;
    cidr.bits_ = offset + bits;
  }
  cidr.network_ = address->network(cidr.bits_);
  // 10.1.2.3/8 is more likely a slip than a wish.
  if (!(cidr.network_ == *address)) return std::nullopt;
  return cidr;
}

}  // namespace gatehouse::http
