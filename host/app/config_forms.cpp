// SPDX-License-Identifier: Apache-2.0
#include "app/config_forms.h"

#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <arpa/inet.h>
#include <sys/socket.h>

namespace gatehouse::app {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alnum(char c) { return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z'); }

bool all_of(std::string_view text, bool (*allowed)(char)) { return std::all_of(text.begin(), text.end(), allowed); }

std::optional<unsigned> number(std::string_view text, unsigned most) {
  unsigned value = 0;
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc{} || parsed.ptr != end || value > most) return std::nullopt;
  return value;
}

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  unsigned bits = 0;  // 32 or 128
};

std::optional<Address> parse_address(std::string_view text) {
  const std::string copy(text);
  if (copy.find('\0') != std::string::npos) return std::nullopt;
  Address address;
  if (inet_pton(AF_INET, copy.c_str(), address.bytes.data()) == 1) {
    address.bits = 32;
    return address;
  }
  if (inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) != 1) return std::nullopt;
  address.bits = 128;
  return address;
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && is_alnum(text.front()) &&
         all_of(text, [](char c) { return is_alnum(c) || c == '-' || c == '.'; });
}

// host, host:port or [v6]:port
bool is_authority(std::string_view text, bool port_required) {
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return false;
    host = text.substr(1, close - 1);
    port = text.substr(close + 1);
    const auto address = parse_address(host);
    if (!address || address->bits != 128) return false;
  } else {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view{} : text.substr(colon);
    if (!is_host_name(host)) return false;
  }
  if (port.empty()) return !port_required;
  return port.front() == ':' && number(port.substr(1), 65535).has_value();
}

struct Network {
  Address address;
  unsigned prefix = 0;
};

constexpr unsigned mapped_bits = 96;

// ::ffff:a.b.c.d, as a machine that speaks both shows an IPv4 peer.
bool is_mapped(const Address& address) {
  const auto& bytes = address.bytes;
  return address.bits == 128 && bytes[10] == 0xFF && bytes[11] == 0xFF &&
         std::all_of(bytes.begin(), bytes.begin() + 10, [](std::uint8_t byte) { return byte == 0; });
}

Address without_mapping(const Address& address) {
  Address v4;
  std::copy_n(address.bytes.begin() + mapped_bits / 8, 4, v4.bytes.begin());
  v4.bits = 32;
  return v4;
}

// As it is written.
std::optional<Network> parse_written(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Network{*address, address->bits};
  const auto prefix = number(text.substr(slash + 1), address->bits);
  if (!prefix) return std::nullopt;
  return Network{*address, *prefix};
}

// An IPv4 network written as IPv6 is the IPv4 network: peers are compared as what they are.
std::optional<Network> parse_network(std::string_view text) {
  auto written = parse_written(text);
  if (!written || !is_mapped(written->address)) return written;
  if (written->prefix < mapped_bits) return std::nullopt;
  return Network{without_mapping(written->address), written->prefix - mapped_bits};
}

// Clears the bits behind the prefix; true when there were any.
bool clear_host_bits(Network& network) {
  bool found = false;
  for (unsigned bit = network.prefix; bit < network.address.bits; ++bit) {
    auto& byte = network.address.bytes[bit / 8];
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    found = found || (byte & mask) != 0;
    byte = static_cast<std::uint8_t>(byte & ~mask);
  }
  return found;
}

std::string to_text(const Network& network) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(network.address.bits == 32 ? AF_INET : AF_INET6, network.address.bytes.data(), text.data(), text.size());
  return std::string(text.data()) + "/" + std::to_string(network.prefix);
}

// The part behind http:// or https://, or empty.
std::string_view behind_scheme(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (text.starts_with(scheme)) return text.substr(scheme.size());
  }
  return {};
}

bool is_path_character(char c) { return is_alnum(c) || std::string_view("-._~").find(c) != std::string_view::npos; }

bool is_path(std::string_view text) {
  while (!text.empty()) {
    if (text.front() != '/') return false;
    text.remove_prefix(1);
    const auto segment = text.substr(0, text.find('/'));
    if (segment.empty() || segment == "." || segment == ".." || !all_of(segment, is_path_character)) return false;
    text.remove_prefix(segment.size());
  }
  return true;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

std::string listen_address(std::string_view text) {
  if (is_authority(text, true)) return {};
  if (number(text.starts_with(':') ? text.substr(1) : text, 65535)) {
    return "an address and a port, such as \"127.0.0.1:8080\"; \"0.0.0.0:8080\" listens on every address";
  }
  return "an address and a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"";
}

std::string network(std::string_view text) {
  auto parsed = parse_network(text);
  if (!parsed && parse_written(text)) {
    return "96 bits or more behind an IPv4 network written as IPv6, such as \"::ffff:10.0.0.0/104\", or the IPv4 "
           "network "
           "itself, \"10.0.0.0/8\"";
  }
  if (!parsed) return "a network such as \"10.0.0.0/8\" or \"2001:db8::/32\", or one address";
  if (!clear_host_bits(*parsed)) return {};
  return "a network without host bits: \"" + to_text(*parsed) + "\"";
}

std::string web_origin(std::string_view text) {
  constexpr auto expected = "an exact origin such as \"https://app.example.com\"";
  if (text == "*") return std::string(expected) + "; a wildcard would let every web site act for your users";
  const auto rest = behind_scheme(text);
  if (rest.ends_with('/') && is_authority(rest.substr(0, rest.size() - 1), false)) {
    return "an origin without a slash at the end: \"" + std::string(text.substr(0, text.size() - 1)) + "\"";
  }
  if (rest.empty() || !is_authority(rest, false)) return expected;
  // Browsers send origins in lower case and compare byte by byte.
  if (std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return "an origin in lower case, as browsers send it";
  }
  return {};
}

std::string web_url(std::string_view text) {
  constexpr auto expected = "a URL such as \"https://auth.example.com\"";
  const auto rest = behind_scheme(text);
  if (rest.ends_with('/') && web_url(text.substr(0, text.size() - 1)).empty()) {
    return "a URL without a slash at the end: \"" + std::string(text.substr(0, text.size() - 1)) + "\"";
  }
  const auto slash = std::min(rest.find('/'), rest.size());
  if (rest.empty() || !is_authority(rest.substr(0, slash), false) || !is_path(rest.substr(slash))) return expected;
  return {};
}

std::string link_url(std::string_view text) {
  constexpr auto expected = "a URL with {token} in it once, such as \"https://app.example.com/reset#token={token}\"";
  constexpr std::string_view placeholder = "{token}";
  const auto rest = behind_scheme(text);
  const auto end = std::min(rest.find_first_of("/?#"), rest.size());
  const auto at = rest.find(placeholder);
  const bool once = at != std::string_view::npos && rest.find(placeholder, at + 1) == std::string_view::npos;
  // In the name of the host the token would go to whoever answers for that name.
  if (text.size() > 1000 || !is_authority(rest.substr(0, end), false) || !once || at < end) return expected;
  const auto allowed = [](char c) {
    return is_alnum(c) || std::string_view("-._~:/?#@!$&'()*+,;=%").find(c) != std::string_view::npos;
  };
  const auto before = rest.substr(end, at - end);
  const auto after = rest.substr(at + placeholder.size());
  const bool plain = all_of(before, +allowed) && all_of(after, +allowed);
  return plain ? "" : expected;
}

std::string base_path(std::string_view text) {
  if (!text.empty() && text.size() <= 100 && is_path(text)) return {};
  return "a path such as \"/auth\": one slash first, none at the end";
}

std::string absolute_path(std::string_view text) {
  if (text.starts_with('/') && text.size() < 4096 && text.find('\0') == std::string_view::npos) return {};
  return "an absolute path";
}

std::string plugin_name(std::string_view text) {
  const bool right = !text.empty() && text.size() <= 40 && is_lower(text.front()) &&
                     all_of(text, [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
  return right ? "" : "a plugin's name: at most 40 lower-case letters, digits and hyphens";
}

std::string plugin_library(std::string_view text) {
  if (text.starts_with('/')) return absolute_path(text);
  const bool right =
      !text.empty() && text.size() <= 200 && text.find('/') == std::string_view::npos && !has_control(text);
  return right ? "" : "a file name looked up in plugin_path, or an absolute path";
}

std::string sha256_digits(std::string_view text) {
  const auto is_hex = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  const bool right = text.size() == 64 && all_of(text, is_hex);
  return right ? "" : "64 hex digits, as `gatehouse plugins inspect` prints them";
}

std::string mail_sender(std::string_view text) {
  constexpr auto expected = "an address such as \"Example <no-reply@example.com>\"";
  if (has_control(text) || text.size() > 320) return expected;
  auto address = text;
  if (const auto open = text.find('<'); open != std::string_view::npos) {
    if (!text.ends_with('>')) return expected;
    address = text.substr(open + 1, text.size() - open - 2);
  }
  const auto at = address.find('@');
  const bool right = at != std::string_view::npos && at > 0 && is_host_name(address.substr(at + 1)) &&
                     address.find_first_of(" <>\",;") == std::string_view::npos;
  return right ? "" : expected;
}

MailSender mail_sender_of(const std::string& text) {
  const auto open = text.find('<');
  if (open == std::string::npos) return {{}, text};
  auto name = text.substr(0, open);
  name.erase(name.find_last_not_of(' ') + 1);
  return {std::move(name), text.substr(open + 1, text.size() - open - 2)};
}

std::string short_text(std::string_view text) {
  const bool right = !text.empty() && text.size() <= 200 && !has_control(text);
  return right ? "" : "1 to 200 characters on one line";
}

std::string canonical_network(std::string_view text) {
  const auto parsed = parse_network(text);
  return parsed ? to_text(*parsed) : std::string(text);
}

bool is_everybody(std::string_view network) { return network.ends_with("/0"); }

}  // namespace gatehouse::app
