// SPDX-License-Identifier: Apache-2.0
#include "auth/cursor.h"

#include "base/encoding.h"
#include "base/secret.h"

namespace gatehouse::auth {
namespace {

constexpr std::size_t version_size = 4;
constexpr std::size_t mac_size = 16;
constexpr std::size_t longest = 2048;

std::string message(std::string_view cursor, std::string_view scope) {
  std::string text = std::to_string(scope.size());
  return text.append(":").append(scope).append(cursor);
}

Error invalid() {
  return {Code::ValidationFailed, {}, {{"/cursor", "CURSOR_INVALID", "Use nextCursor of the page before, unchanged."}}};
}

}  // namespace

Result<std::string> seal_cursor(std::string_view cursor, std::string_view scope, providers::Keys& keys,
                                const Call& call) {
  if (cursor.empty()) return std::string();
  const auto mac = keys.mac(cursor_purpose, 0, message(cursor, scope), call);
  if (!mac) return mac.error();
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(mac->version >> shift));
  bytes.append(mac->view().substr(0, mac_size)).append(cursor);
  return base64url_encode(bytes);
}

Result<std::string> open_cursor(std::string_view text, std::string_view scope, providers::Keys& keys,
                                const Call& call) {
  if (text.empty()) return std::string();
  if (text.size() > longest) return invalid();
  const auto bytes = base64url_decode(text);
  if (!bytes || bytes->size() <= version_size + mac_size) return invalid();
  std::uint32_t version = 0;
  for (std::size_t i = 0; i < version_size; ++i) version = (version << 8) | static_cast<unsigned char>((*bytes)[i]);
  // Version 0 means "current" to a provider, and no cursor was ever sealed with it.
  if (version == 0) return invalid();
  const auto cursor = std::string_view(*bytes).substr(version_size + mac_size);
  const auto mac = keys.mac(cursor_purpose, version, message(cursor, scope), call);
  if (!mac) return mac.error().code == Code::NotFound ? invalid() : mac.error();
  const auto presented = std::string_view(*bytes).substr(version_size, mac_size);
  if (!constant_time_equal(mac->view().substr(0, mac_size), presented)) return invalid();
  return std::string(cursor);
}

}  // namespace gatehouse::auth
