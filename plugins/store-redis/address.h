// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace gatehouse::store_redis {

// Where one Redis process listens.
struct Endpoint {
  std::string host;  // empty: `path` is a Unix socket
  std::uint16_t port = 0;
  std::string path;

  bool operator==(const Endpoint& other) const { return order() == other.order(); }
  bool operator<(const Endpoint& other) const { return order() < other.order(); }
  std::string text() const { return host.empty() ? path : host + ":" + std::to_string(port); }

 private:
  std::tuple<const std::string&, std::uint16_t, const std::string&> order() const { return {host, port, path}; }
};

// True for a Unix socket and for addresses that never leave the machine.
bool stays_on_this_machine(const Endpoint& endpoint);

struct Target {
  enum class Form : std::uint8_t { Single, Sentinel, Cluster };
  Form form = Form::Single;
  std::vector<Endpoint> endpoints;  // the server, the sentinels, or some nodes of the cluster
  std::string master;               // Sentinel: the name of the master
  int database = 0;
};

// redis://HOST[:PORT][/DB]   redis+unix:///PATH[?db=DB]   redis+sentinel://HOST[:PORT],..../MASTER[?db=DB]
// redis+cluster://HOST[:PORT],...          Throws std::invalid_argument with a sentence for the operator.
Target parse_url(std::string_view url);

// "HOST:PORT" as Redis says it in MOVED and ASK; `asked` fills in a host that is left away. Throws
// std::invalid_argument.
Endpoint parse_endpoint(std::string_view text, std::uint16_t default_port);

}  // namespace gatehouse::store_redis
