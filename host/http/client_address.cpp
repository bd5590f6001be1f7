// SPDX-License-Identifier: Apache-2.0
#include "http/client_address.h"

#include "base/log.h"
#include "http/text.h"

#include <algorithm>
#include <stdexcept>

namespace gatehouse::http {
namespace {

constexpr std::string_view x_forwarded_for = "x-forwarded-for";
constexpr std::string_view forwarded = "forwarded";

// "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711".
std::optional<IpAddress> parse_node(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const auto port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') return std::nullopt;
    return IpAddress::parse(text.substr(1, end - 1));
  }
  if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
  return IpAddress::parse(text);
}

// The node of one forwarded-element (RFC 7239 4), its quotes removed; empty when it has none.
std::string_view for_parameter(std::string_view element) {
  while (!element.empty()) {
    auto value = trim(take_until(element, ';'));
    const auto name = trim(take_until(value, '='));
    if (!same_ignoring_case(name, "for")) continue;
    value = trim(value);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    return value;
  }
  return {};
}

// All elements of all lines of a list header, in order. Split at every comma, inside quotes too: a quote a client opens
// must not swallow what its proxy appended.
std::vector<std::string_view> elements(const Request& request, std::string_view header) {
  std::vector<std::string_view> found;
  for (const auto& [name, value] : request.headers) {
    if (name != header) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto element = trim(take_until(rest, ','));
      if (!element.empty()) found.push_back(element);
    }
  }
  return found;
}

}  // namespace

ClientAddress::ClientAddress(const std::vector<std::string>& trusted_proxies, Log& log) : log_(log) {
  for (const auto& text : trusted_proxies) {
    const auto cidr = Cidr::parse(text);
    if (!cidr) {
      throw std::invalid_argument("server.trusted_proxies: \"" + text +
                                  "\" is not an address or a range such as 10.0.0.0/8");
    }
    trusted_.push_back(*cidr);
  }
}

bool ClientAddress::trusts(const IpAddress& address) const noexcept {
  return std::any_of(trusted_.begin(), trusted_.end(), [&](const Cidr& cidr) { return cidr.contains(address); });
}

std::string ClientAddress::resolve(const IpAddress& peer, std::string_view peer_text, const Request& request) {
  const auto is_forwarding = [](const auto& header) {
    return header.first == x_forwarded_for || header.first == forwarded;
  };
  if (std::none_of(request.headers.begin(), request.headers.end(), is_forwarding)) return std::string(peer_text);
  if (!trusts(peer)) {
    warn(peer_text);
    return std::string(peer_text);
  }

  const auto walk = [&](std::string_view header, auto node_of) -> std::optional<IpAddress> {
    const auto found = elements(request, header);
    if (found.empty()) return std::nullopt;
    IpAddress nearest = peer;
    for (auto element = found.rbegin(); element != found.rend(); ++element) {
      const auto address = parse_node(node_of(*element));
      if (!address) break;
      nearest = *address;
      if (!trusts(nearest)) break;
    }
    return nearest;
  };
  const auto by_list = walk(x_forwarded_for, [](std::string_view element) { return element; });
  const auto by_standard = walk(forwarded, for_parameter);
  if (by_list && by_standard && !(*by_list == *by_standard)) return std::string(peer_text);
  const auto& client = by_list ? by_list : by_standard;
  return client ? client->text() : std::string(peer_text);
}

void ClientAddress::warn(std::string_view peer_text) {
  if (warned_.load(std::memory_order_relaxed) || warned_.exchange(true)) return;
  const auto line = "[server] trusted_proxies = [\"" + std::string(peer_text) + "\"]";
  log_.warn("forwarding header from a peer that is not a trusted proxy is ignored",
            {{"peer", peer_text}, {"if_it_is_your_proxy_add", line}});
}

}  // namespace gatehouse::http
