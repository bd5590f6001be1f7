// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user.h"
#include "auth/client.h"
#include "auth/token_issuer.h"
#include "base/result.h"
#include "http/json_body.h"
#include "http/request.h"
#include "http/response.h"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::auth {

// The tenants this server knows. A request names one in its body, in X-Tenant-Id or not at all (then the first).
struct Tenants {
  std::vector<std::string> names = {"default"};
};

// Errors: InvalidTenant, also when body and header name different ones.
Result<std::string> tenant_of(const http::Request& request, const http::JsonBody* body, const Tenants& tenants);

// The device behind a request; `device_name` as the user wrote it, already checked.
Client client_of(const http::Request& request, std::string device_name);

// The first 16 bytes of SHA-256 of a header's value, or empty when it was not sent: `Idempotency-Key` names a retry,
// `X-Client-Id` a device. Error ValidationFailed: longer than 255 bytes.
Result<std::string> header_digest(const http::Request& request, std::string_view header);

// Whether the caller's password was shown just now, as sensitive routes ask (spec T7).
bool is_recent(const http::Request& request);

// The answer of every route that gives out tokens (spec section 1).
http::Response token_answer(int status, const TokenPair& tokens, const Identity& identity, Time now);

// A user as GET /auth/user shows it.
http::Response user_answer(const accounts::User& user);

// The members of a user as answers show it, into an object already begun.
void write_identity(http::JsonWriter& writer, const Identity& identity);

}  // namespace gatehouse::auth
