// SPDX-License-Identifier: Apache-2.0
#include "address.h"

#include <charconv>
#include <stdexcept>

namespace gatehouse::store_redis {
namespace {

constexpr std::uint16_t redis_port = 6379;
constexpr std::uint16_t sentinel_port = 26379;
constexpr std::string_view forms =
    "write redis://HOST:PORT/DB, redis+unix:///PATH?db=DB, redis+sentinel://HOST:PORT,HOST:PORT/MASTER?db=DB or "
    "redis+cluster://HOST:PORT,HOST:PORT";

[[noreturn]] void refuse(const std::string& sentence) { throw std::invalid_argument(sentence); }

// The text is not repeated: where the @ of a login was forgotten, it is a password.
int number(std::string_view text, int most, const char* what) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > most) {
    refuse(std::string(what) + " is not a number from 0 to " + std::to_string(most));
  }
  return value;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Cuts `text` at the first `mark` and gives what stood behind it.
std::string_view cut(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  if (at == std::string_view::npos) return {};
  const auto rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

std::vector<Endpoint> endpoints(std::string_view list, std::uint16_t default_port) {
  std::vector<Endpoint> all;
  while (!list.empty()) {
    auto one = list;
    list = cut(one, ',');
    all.push_back(parse_endpoint(one, default_port));
  }
  if (all.empty()) refuse("names no host; " + std::string(forms));
  return all;
}

int database_of(std::string_view query) {
  if (query.empty()) return 0;
  if (!take_prefix(query, "db=")) refuse("knows no parameter but db; " + std::string(forms));
  return number(query, 1'000'000, "the database");
}

}  // namespace

bool stays_on_this_machine(const Endpoint& endpoint) {
  if (endpoint.host.empty() || endpoint.host == "localhost" || endpoint.host == "::1") return true;
  return endpoint.host.substr(0, 4) == "127.";
}

Endpoint parse_endpoint(std::string_view text, std::uint16_t default_port) {
  std::string_view host = text;
  std::string_view port;
  if (take_prefix(host, "[")) {
    port = cut(host, ']');
    if (!port.empty() && !take_prefix(port, ":")) refuse("has something strange behind an IPv6 address");
  } else if (text.find(':') != text.rfind(':')) {
    // Redis itself names IPv6 addresses without brackets.
    const auto last = text.rfind(':');
    host = text.substr(0, last);
    port = text.substr(last + 1);
  } else {
    port = cut(host, ':');
  }
  if (host.empty()) refuse("names an empty host; " + std::string(forms));
  Endpoint endpoint;
  endpoint.host = host;
  endpoint.port = port.empty() ? default_port : static_cast<std::uint16_t>(number(port, 65535, "the port"));
  return endpoint;
}

Target parse_url(std::string_view url) {
  Target target;
  if (take_prefix(url, "rediss://")) {
    refuse(
        "asks for TLS, which the hiredis library of this system does not have; reach Redis over a Unix socket, "
        "loopback or a tunnel (stunnel, WireGuard)");
  }
  const bool has_user = url.find('@') != std::string_view::npos;
  if (has_user) refuse("holds a user or password; use the settings username and password, the latter as a reference");
  const std::string_view whole = url;
  auto query = cut(url, '?');
  if (take_prefix(url, "redis+unix://")) {
    if (url.empty() || url.front() != '/') refuse("does not name a socket by its absolute path");
    target.endpoints.push_back({"", 0, std::string(url)});
    target.database = database_of(query);
    return target;
  }
  if (take_prefix(url, "redis+cluster://")) {
    target.form = Target::Form::Cluster;
    target.endpoints = endpoints(url, redis_port);
    if (!query.empty()) refuse("asks for a database, and a cluster has only one");
    return target;
  }
  if (take_prefix(url, "redis+sentinel://")) {
    target.form = Target::Form::Sentinel;
    target.master = cut(url, '/');
    if (target.master.empty()) refuse("does not name the master the sentinels watch; " + std::string(forms));
    target.endpoints = endpoints(url, sentinel_port);
    target.database = database_of(query);
    return target;
  }
  if (!take_prefix(url, "redis://")) refuse("\"" + std::string(whole) + "\" is no Redis URL; " + std::string(forms));
  const auto database = cut(url, '/');
  if (!database.empty() && !query.empty()) refuse("names two databases");
  target.endpoints.push_back(parse_endpoint(url, redis_port));
  target.database = database.empty() ? database_of(query) : number(database, 1'000'000, "the database");
  return target;
}

}  // namespace gatehouse::store_redis
