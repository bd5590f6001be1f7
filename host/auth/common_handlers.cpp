// SPDX-License-Identifier: Apache-2.0
#include "auth/common_handlers.h"

#include "auth/identity.h"
#include "base/encoding.h"
#include "crypto/digest.h"

#include <algorithm>

namespace gatehouse::auth {
namespace {

constexpr std::size_t longest_user_agent = 512;
constexpr std::size_t longest_key = 255;

// Header values may hold any byte above 0x7F (RFC 9110 5.5); stores and JSON hold text.
std::string as_text(std::string_view value, std::size_t longest) {
  std::string text(value.substr(0, longest));
  if (!is_utf8(text)) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  }
  return text;
}

}  // namespace

Result<std::string> tenant_of(const http::Request& request, const http::JsonBody* body, const Tenants& tenants) {
  const auto header = request.header("x-tenant-id");
  const auto member = body != nullptr ? body->string("tenantId") : std::nullopt;
  if (member && !header.empty() && *member != header) return Error{Code::InvalidTenant};
  const auto named = member ? *member : header;
  if (named.empty() && !member) return tenants.names.front();
  if (std::find(tenants.names.begin(), tenants.names.end(), named) == tenants.names.end()) {
    return Error{Code::InvalidTenant};
  }
  return std::string(named);
}

Client client_of(const http::Request& request, std::string device_name) {
  Client client;
  client.address = request.client_address;
  client.user_agent = as_text(request.header("user-agent"), longest_user_agent);
  client.device_name = std::move(device_name);
  return client;
}

Result<std::string> header_digest(const http::Request& request, std::string_view header) {
  const auto value = request.header(header);
  if (value.empty()) return std::string();
  if (value.size() > longest_key) {
    return Error{Code::ValidationFailed,
                 {},
                 {{"/headers/" + std::string(header), "HEADER_TOO_LONG", "At most 255 bytes are allowed."}}};
  }
  const auto digest = crypto::sha256(value);
  return std::string(reinterpret_cast<const char*>(digest.data()), 16);
}

bool is_recent(const http::Request& request) {
  return request.now - request.principal->auth_time < recent_authentication;
}

void write_identity(http::JsonWriter& writer, const Identity& identity) {
  writer.member("id", identity.id)
      .member("email", identity.email)
      .member("name", identity.name)
      .member("firstName", identity.first_name)
      .member("lastName", identity.last_name)
      .member("emailVerified", identity.email_verified)
      .member("userType", identity.user_type)
      .member("role", identity.role);
  writer.begin_array("permissions");
  for (const auto& permission : identity.permissions) writer.element(permission);
  writer.end_array();
  writer.member("tenantId", identity.tenant);
}

http::Response user_answer(const accounts::User& user) {
  http::JsonWriter writer;
  writer.begin_object();
  write_identity(writer, identity_of(user));
  writer.member("createdAt", to_rfc3339(user.created_at));
  writer.member("updatedAt", to_rfc3339(user.updated_at));
  if (user.phone.empty()) {
    writer.null("phone");
  } else {
    writer.member("phone", user.phone);
  }
  writer.end_object();
  return http::Response::json(200, writer.take());
}

http::Response token_answer(int status, const TokenPair& tokens, const Identity& identity, Time now) {
  const auto& access = tokens.access_token.reveal();
  http::JsonWriter writer;
  writer.begin_object()
      .member("token", access)
      .member("accessToken", access)
      .member("refreshToken", tokens.refresh_token.reveal())
      .member("expiresIn", static_cast<std::int64_t>(tokens.expires_in.count()))
      .member("tokenType", "Bearer")
      .member("sessionExpiresAt", to_rfc3339(tokens.session_expires_at))
      .member("reauthenticateAt", to_rfc3339(tokens.reauthenticate_at));
  writer.begin_object("user");
  write_identity(writer, identity);
  writer.end_object().end_object();

  auto response = http::Response::json(status, writer.take());
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(tokens.session_expires_at - now);
  response.headers.emplace_back("Session-Expires-In", std::to_string(std::max<std::int64_t>(0, left.count())));
  return response;
}

}  // namespace gatehouse::auth
