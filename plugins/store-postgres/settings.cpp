// SPDX-License-Identifier: Apache-2.0
#include "settings.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace gatehouse::store_postgres {
namespace {

constexpr std::int64_t most_connections = 1'000;
constexpr std::size_t longest_name = 63;  // PostgreSQL cuts longer ones off

// What the URL does not say.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> defaults = {{
    {"target_session_attrs", "read-write"},
    {"connect_timeout", "2"},
    {"application_name", "gatehouse"},
    {"keepalives_idle", "30"},
    {"keepalives_interval", "5"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "20000"},
}};

void append_pair(std::string& out, std::string_view key, std::string_view value) {
  out.append(key).append("='");
  for (const char c : value) {
    if (c == '\'' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out += "' ";
}

// An empty list would be as if nothing was said, which is the default.
constexpr std::string_view no_kind = "none";

std::vector<std::string> feed(const std::vector<std::string_view>& kinds) {
  for (const auto kind : kinds) {
    if (kind.empty() || kind.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string_view::npos) {
      throw sdk::InvalidSetting("feed", "\"" + std::string(kind) + "\" is no kind of record");
    }
    if (kind == no_kind && kinds.size() > 1) throw sdk::InvalidSetting("feed", "names \"none\" and a kind as well");
  }
  if (kinds.size() == 1 && kinds.front() == no_kind) return {};
  return {kinds.begin(), kinds.end()};
}

std::string name(const sdk::Config& config, std::string_view key) {
  std::string text(config.text(key));
  if (text.empty() || text.size() > longest_name || text.find('\0') != std::string::npos) {
    throw sdk::InvalidSetting(key, "is not a name of 1 to 63 bytes");
  }
  return text;
}

}  // namespace

std::string connection_string(std::string_view setting, const std::string& url) {
  // A second @ would make a part of the password the name of a host, and names of hosts are logged.
  const std::string address = url.substr(0, url.find('?'));
  const bool one_login = std::count(address.begin(), address.end(), '@') < 2;
  const bool is_url = one_login && (url.rfind("postgresql://", 0) == 0 || url.rfind("postgres://", 0) == 0);
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
      is_url ? PQconninfoParse(url.c_str(), &complaint) : nullptr, PQconninfoFree);
  // The library's own complaint may repeat the password.
  PQfreemem(complaint);
  if (!options) {
    throw sdk::InvalidSetting(
        setting,
        "cannot be read as postgresql://USER:PASSWORD@HOST:PORT/DATABASE; several hosts are written "
        "HOST:PORT,HOST:PORT, "
        "a socket as ?host=/var/run/postgresql, and signs such as @ and / in a password as %40 and %2F");
  }
  std::string out;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) append_pair(out, option->keyword, option->val);
  }
  for (const auto& [key, value] : defaults) {
    if (out.find(std::string(key) + "='") == std::string::npos) append_pair(out, key, value);
  }
  return out;
}

Settings read_settings(const sdk::Config& config) {
  Settings settings{};
  settings.connection = connection_string("url", std::string(config.text("url")));
  settings.migrate_connection = config.has("migrate_url")
                                    ? connection_string("migrate_url", std::string(config.text("migrate_url")))
                                    : settings.connection;
  settings.schema = name(config, "schema");
  settings.role = name(config, "role");
  const std::int64_t connections = config.integer("max_connections");
  if (connections < 1 || connections > most_connections) {
    throw sdk::InvalidSetting("max_connections", "is not 1 to " + std::to_string(most_connections));
  }
  settings.max_connections = static_cast<std::uint32_t>(connections);
  settings.pool_wait = config.duration("pool_wait");
  settings.create_tables = config.boolean("create_tables");
  settings.feed = feed(config.text_list("feed"));
  return settings;
}

}  // namespace gatehouse::store_postgres
