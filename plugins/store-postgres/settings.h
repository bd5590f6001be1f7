// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/sdk/config.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::store_postgres {

// What `feed` names where the operator does not say.
inline constexpr const char* default_feed = "mail_job";

// The operator's settings; README.md says what each is for.
struct Settings {
  std::string connection;          // key words and values for the client library; holds the password
  std::string migrate_connection;  // for migrations; the same as `connection` where the operator gives no other
  std::string schema;
  std::string role;
  std::uint32_t max_connections;
  std::chrono::microseconds pool_wait;
  bool create_tables;
  std::vector<std::string> feed = {};  // the kinds whose changes are announced
};

// Throws sdk::InvalidSetting. No I/O.
Settings read_settings(const sdk::Config& config);

// A URL as key words and values, with what every connection of ours needs where the URL says nothing else: it goes to
// the server that takes writes, gives up on a host after two seconds, and finds dead peers. `setting` names the URL in
// complaints, which never show it.
std::string connection_string(std::string_view setting, const std::string& url);

}  // namespace gatehouse::store_postgres
