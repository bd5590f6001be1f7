// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/ip_address.h"
#include "http/request.h"

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {
class Log;
}

namespace gatehouse::http {

// Who the client is: the peer of the connection, or, when that is a trusted proxy, the first address from the right of
// X-Forwarded-For (or the for= of RFC 7239 Forwarded) that is not one. An element that is not an address ends the walk
// at the proxy that sent it. When both headers are there and name different clients, one of them was not written by
// the proxy, and the peer itself counts. Thread-safe.
class ClientAddress {
 public:
  // Throws std::invalid_argument naming the entry that is no CIDR.
  ClientAddress(const std::vector<std::string>& trusted_proxies, Log& log);

  // The canonical text. The first forwarding header from a peer that is not trusted is warned of, once.
  std::string resolve(const IpAddress& peer, std::string_view peer_text, const Request& request);

  bool trusts(const IpAddress& address) const noexcept;

 private:
  void warn(std::string_view peer_text);

  std::vector<Cidr> trusted_;
  Log& log_;
  std::atomic<bool> warned_{false};
};

}  // namespace gatehouse::http
