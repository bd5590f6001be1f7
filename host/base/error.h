// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

// Everything that can go wrong and that a caller may want to tell apart: a closed set. `http/problem.cpp` alone knows
// how each looks to a client; docs/errors.md lists them.
enum class Code : std::uint8_t {
  // What a client did.
  MalformedJson,
  ValidationFailed,
  UnknownField,
  InvalidTenant,
  InvalidResetToken,
  InvalidVerificationToken,
  InvalidCredentials,
  EmailNotVerified,
  AccountLocked,
  TokenMissing,
  TokenExpired,
  TokenInvalid,
  SessionRevoked,
  TokenReused,
  PermissionDenied,
  ReauthenticationRequired,
  DuplicateEmail,
  SlugTaken,
  Conflict,
  PasswordPolicy,
  SamePassword,
  RateLimited,
  NotFound,
  MethodNotAllowed,
  PayloadTooLarge,
  UnsupportedMediaType,
  OriginNotAllowed,
  // Refused by the HTTP front before any route was chosen.
  BadRequest,
  RequestTimeout,
  UriTooLong,
  HeadersTooLarge,
  ExpectationFailed,
  VersionNotSupported,
  // What our side could not do. Never a 2xx, never a spent token.
  Overloaded,
  ProviderUnavailable,  // did not happen, retry may work
  InDoubt,              // may have happened: read back before going on
  Internal,
};

// One thing wrong with one member of a request. Rendered into `errors[]` of RFC 9457.
struct FieldError {
  std::string pointer;  // RFC 6901 JSON pointer, "/password"
  std::string code;     // "PASSWORD_TOO_SHORT"
  std::string detail;   // for people; may be shown to the client, so never a secret and never the value itself
};

struct Error {
  Code code = Code::Internal;
  // For the operator's log only. Never sent to a client, never a secret.
  std::string detail = {};
  std::vector<FieldError> fields = {};
  std::optional<std::chrono::milliseconds> retry_after = {};
};

// "TOKEN_INVALID", ...: the stable public name.
std::string_view code_name(Code code) noexcept;

}  // namespace gatehouse
