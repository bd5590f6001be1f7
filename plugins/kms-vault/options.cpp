// SPDX-License-Identifier: Apache-2.0
#include "options.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::kms_vault {
namespace {

using sdk::InvalidSetting;

constexpr std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool made_of(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return letters_and_digits.find(c) != std::string_view::npos || more.find(c) != std::string_view::npos;
  });
}

// It goes into a header line or a JSON body as it is.
bool printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_this_machine(std::string_view host) { return host == "localhost" || host == "127.0.0.1" || host == "[::1]"; }

std::string address_of(std::string_view text) {
  if (!text.empty() && text.back() == '/') text.remove_suffix(1);
  const std::string address(text);
  const bool tls = text.rfind("https://", 0) == 0;
  if (!tls && text.rfind("http://", 0) != 0) throw InvalidSetting("address", "does not begin with https://");
  text.remove_prefix(tls ? 8 : 7);
  const bool six = !text.empty() && text.front() == '[';
  const std::size_t end = six ? text.find(']') : std::string_view::npos;
  const std::size_t colon = text.find(':', six && end != std::string_view::npos ? end : 0);
  const std::string_view host = text.substr(0, colon);
  if (host.empty() || !made_of(host, six ? "[]:." : ".-")) {
    throw InvalidSetting("address", "is not https://host or https://host:port, and nothing behind it");
  }
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || at != digits.data() + digits.size() || port == 0) {
      throw InvalidSetting("address", "has something behind the colon that is no port, 1 to 65535");
    }
  }
  if (!tls && !is_this_machine(host)) {
    throw InvalidSetting("address", "is without TLS and not on this machine; write https://");
  }
  return address;
}

std::string path_part(const sdk::Config& config, const char* key, std::string_view more) {
  const std::string_view text = config.text(key);
  const bool dots = text.find("..") != std::string_view::npos || text.find("//") != std::string_view::npos;
  if (text.empty() || text.size() > 128 || !made_of(text, more) || dots || text.front() == '/' || text.back() == '/') {
    throw InvalidSetting(
        key, "is not a name of Vault: letters, digits and " + std::string(more) + ", without a slash at its ends");
  }
  return std::string(text);
}

std::string file_of(const sdk::Config& config, const char* key) {
  if (!config.has(key)) return {};
  const std::string_view path = config.text(key);
  if (path.empty() || path.front() != '/') throw InvalidSetting(key, "is not the absolute path of a file");
  return std::string(path);
}

std::string_view secret_of(const sdk::Config& config, const char* key) {
  const std::string_view text = config.text_or(key, {});
  if (config.has(key) && (text.empty() || text.size() > 4096 || !printable(text))) {
    throw InvalidSetting(key, "is empty, longer than 4096 characters or not printable ASCII");
  }
  return text;
}

std::chrono::milliseconds time_of(const sdk::Config& config, const char* key, std::chrono::milliseconds least,
                                  std::chrono::milliseconds most, const char* bounds) {
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(config.duration(key));
  if (time < least || time > most) throw InvalidSetting(key, std::string("is not within ") + bounds);
  return time;
}

Credentials credentials_of(const sdk::Config& config) {
  Credentials credentials;
  credentials.token = SecretText(secret_of(config, "token"));
  credentials.token_file = file_of(config, "token_file");
  credentials.role_id = secret_of(config, "role_id");
  credentials.secret_id = SecretText(secret_of(config, "secret_id"));
  credentials.approle_mount = path_part(config, "approle_mount", "_-./");
  const bool role = config.has("role_id");
  const int ways = int{config.has("token")} + int{config.has("token_file")} + int{role};
  if (ways != 1) {
    throw InvalidSetting(ways == 0 ? "token" : (role ? "role_id" : "token_file"),
                         "set exactly one way to log in: token, token_file, or role_id with secret_id");
  }
  if (role != config.has("secret_id")) {
    throw InvalidSetting(role ? "secret_id" : "role_id", "role_id and secret_id belong together");
  }
  return credentials;
}

}  // namespace

Options options_of(const sdk::Config& config) {
  using namespace std::chrono_literals;
  Options options;
  options.http.address = address_of(config.text("address"));
  options.http.ca_file = file_of(config, "ca_file");
  if (config.has("namespace")) options.http.name_space = path_part(config, "namespace", "_-./");
  const std::int64_t connections = config.integer("max_connections");
  if (connections < 1 || connections > 256) throw InvalidSetting("max_connections", "is not within 1 and 256");
  options.http.max_connections = static_cast<std::size_t>(connections);
  options.http.connect_timeout = time_of(config, "connect_timeout", 10ms, 1min, "10ms and 1m");
  options.http.timeout = time_of(config, "timeout", 10ms, 1min, "10ms and 1m");
  options.check_interval = time_of(config, "check_interval", 100ms, 1h, "100ms and 1h");

  options.credentials = credentials_of(config);

  options.transit.mount = path_part(config, "transit_mount", "_-./");
  options.transit.key_prefix = path_part(config, "key_prefix", "_-.");
  options.transit.create = config.boolean("create");
  const std::int64_t bits = config.integer("rsa_bits");
  if (bits != 3072 && bits != 4096) throw InvalidSetting("rsa_bits", "is neither 3072 nor 4096");
  options.transit.rsa_bits = static_cast<int>(bits);
  options.transit.envelope = config.text("macs") == "envelope";
  const auto age = time_of(config, "envelope_max_age", 1s, 24h * 30, "1s and 30d");
  options.transit.envelope_max_age_ns = std::chrono::nanoseconds(age).count();
  return options;
}

}  // namespace gatehouse::kms_vault
