// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

namespace gatehouse {

std::string_view code_name(Code code) noexcept {
  switch (code) {
    case Code::MalformedJson: return "MALFORMED_JSON";
    case Code::ValidationFailed: return "VALIDATION_FAILED";
    case Code::UnknownField: return "UNKNOWN_FIELD";
    case Code::InvalidTenant: return "INVALID_TENANT";
    case Code::InvalidResetToken: return "INVALID_RESET_TOKEN";
    case Code::InvalidVerificationToken: return "INVALID_VERIFICATION_TOKEN";
    case Code::InvalidCredentials: return "INVALID_CREDENTIALS";
    case Code::EmailNotVerified: return "EMAIL_NOT_VERIFIED";
    case Code::AccountLocked: return "ACCOUNT_LOCKED";
    case Code::TokenMissing: return "TOKEN_MISSING";
    case Code::TokenExpired: return "TOKEN_EXPIRED";
    case Code::TokenInvalid: return "TOKEN_INVALID";
    case Code::SessionRevoked: return "SESSION_REVOKED";
    case Code::TokenReused: return "TOKEN_REUSED";
    case Code::PermissionDenied: return "PERMISSION_DENIED";
    case Code::ReauthenticationRequired: return "REAUTHENTICATION_REQUIRED";
    case Code::DuplicateEmail: return "DUPLICATE_EMAIL";
    case Code::SlugTaken: return "SLUG_TAKEN";
    case Code::Conflict: return "CONFLICT";
    case Code::PasswordPolicy: return "PASSWORD_POLICY";
    case Code::SamePassword: return "SAME_PASSWORD";
    case Code::RateLimited: return "RATE_LIMITED";
    case Code::NotFound: return "NOT_FOUND";
    case Code::MethodNotAllowed: return "METHOD_NOT_ALLOWED";
    case Code::PayloadTooLarge: return "PAYLOAD_TOO_LARGE";
    case Code::UnsupportedMediaType: return "UNSUPPORTED_MEDIA_TYPE";
    case Code::OriginNotAllowed: return "ORIGIN_NOT_ALLOWED";
    case Code::BadRequest: return "BAD_REQUEST";
    case Code::RequestTimeout: return "REQUEST_TIMEOUT";
    case Code::UriTooLong: return "URI_TOO_LONG";
    case Code::HeadersTooLarge: return "HEADERS_TOO_LARGE";
    case Code::ExpectationFailed: return "EXPECTATION_FAILED";
    case Code::VersionNotSupported: return "VERSION_NOT_SUPPORTED";
    case Code::Overloaded: return "OVERLOADED";
    case Code::ProviderUnavailable: return "PROVIDER_UNAVAILABLE";
    // A client can do no more about it than about an outage.
    case Code::InDoubt: return "PROVIDER_UNAVAILABLE";
    case Code::Internal: return "INTERNAL_ERROR";
  }
  return "INTERNAL_ERROR";
}

}  // namespace gatehouse
