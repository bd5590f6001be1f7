// SPDX-License-Identifier: Apache-2.0
#include "http/problem.h"

#include "http/json_body.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace gatehouse::http {
namespace {

constexpr ProblemKind malformed_json{400, "Malformed JSON", "The body is not one well-formed JSON object.", ""};
constexpr ProblemKind validation_failed{400, "Validation failed", "Some members of the request are not valid.", ""};
constexpr ProblemKind unknown_field{400, "Unknown member", "The request has members this route does not know.", ""};
constexpr ProblemKind invalid_tenant{400, "Invalid tenant", "There is no such tenant.", ""};
constexpr ProblemKind invalid_reset_token{400, "Invalid reset token", "The token is unknown, used or expired.", ""};
constexpr ProblemKind invalid_verification_token{400, "Invalid verification token",
                                                 "The token is unknown, used or expired.", ""};
constexpr ProblemKind invalid_credentials{401, "Invalid credentials", "The address or the password is wrong.",
                                          "AUTH_001"};
constexpr ProblemKind email_not_verified{403, "Address not verified", "Follow the link in the verification mail first.",
                                         "AUTH_002"};
constexpr ProblemKind account_locked{429, "Too many failed attempts", "Wait before the next attempt.", "AUTH_003"};
constexpr ProblemKind token_missing{401, "Access token required", "Send it as Authorization: Bearer.", ""};
constexpr ProblemKind token_expired{401, "Token expired", "Refresh it, or log in again.", "AUTH_004"};
constexpr ProblemKind token_invalid{401, "Token invalid", "The token is not one this server accepts.", "AUTH_005"};
constexpr ProblemKind session_revoked{401, "Session ended", "Log in again.", "AUTH_006"};
constexpr ProblemKind token_reused{
    401, "Refresh token used twice",
    "Its session was ended, the user's others too where the server is set so; log in again.", "AUTH_006"};
constexpr ProblemKind permission_denied{403, "Permission denied", "You may not do this.", "AUTH_007"};
constexpr ProblemKind reauthentication_required{401, "Recent authentication required",
                                                "Authenticate again, then repeat the request.", ""};
constexpr ProblemKind duplicate_email{409, "Address already in use", "There is an account with this address.", ""};
constexpr ProblemKind slug_taken{409, "Name already in use", "Choose another short name.", ""};
constexpr ProblemKind conflict{409, "Conflict", "Somebody else changed it at the same time; read it again.", ""};
constexpr ProblemKind password_policy{422, "Password refused", "The password does not meet the policy.", ""};
constexpr ProblemKind same_password{422, "Password unchanged", "The new password must differ from the old one.", ""};
constexpr ProblemKind rate_limited{429, "Too many requests", "Wait before the next request.", ""};
constexpr ProblemKind not_found{404, "Not found", "There is nothing here, or you may not see it.", ""};
constexpr ProblemKind method_not_allowed{405, "Method not allowed", "See the Allow header.", ""};
constexpr ProblemKind payload_too_large{413, "Body too large", "The route accepts less than this.", ""};
constexpr ProblemKind unsupported_media_type{415, "Unsupported media type",
                                             "Send application/json in UTF-8, without a content coding.", ""};
constexpr ProblemKind origin_not_allowed{
    403, "Origin not allowed", "Pages of this origin may not call this server; its operator can allow it.", ""};
constexpr ProblemKind bad_request{400, "Bad request", "The message is not well-formed HTTP/1.1.", ""};
constexpr ProblemKind request_timeout{408, "Request timeout", "The request did not arrive in time.", ""};
constexpr ProblemKind uri_too_long{414, "Request target too long", "Shorten the URL.", ""};
constexpr ProblemKind headers_too_large{431, "Headers too large", "Send fewer or shorter headers.", ""};
constexpr ProblemKind expectation_failed{417, "Expectation failed", "Only 100-continue can be met.", ""};
constexpr ProblemKind version_not_supported{505, "HTTP version not supported", "Use HTTP/1.1.", ""};
constexpr ProblemKind overloaded{503, "Overloaded", "The server has too much to do; try again later.", ""};
constexpr ProblemKind provider_unavailable{503, "Temporarily unavailable",
                                           "Something this needs cannot be reached; try again later.", ""};
constexpr ProblemKind in_doubt{503, "Outcome unknown", "It may have happened; read before you repeat it.", ""};
constexpr ProblemKind internal{500, "Internal error", "The server failed; its log has the trace id.", ""};

std::string_view challenge(Code code) noexcept {
  switch (code) {
    case Code::TokenExpired:
    case Code::TokenInvalid:
    case Code::SessionRevoked:
    case Code::TokenReused: return "Bearer error=\"invalid_token\"";
    // RFC 9470.
    case Code::ReauthenticationRequired: return "Bearer error=\"insufficient_user_authentication\", max_age=\"300\"";
    // RFC 6750 3.1: no error code for a request that presented no token.
    default: return "Bearer realm=\"gatehouse\"";
  }
}

std::string retry_after(const Error& error) {
  const auto wait = error.retry_after.value_or(std::chrono::seconds(1));
  return std::to_string(std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count()));
}

}  // namespace

const ProblemKind& problem_kind(Code code) noexcept {
  switch (code) {
    case Code::MalformedJson: return malformed_json;
    case Code::ValidationFailed: return validation_failed;
    case Code::UnknownField: return unknown_field;
    case Code::InvalidTenant: return invalid_tenant;
    case Code::InvalidResetToken: return invalid_reset_token;
    case Code::InvalidVerificationToken: return invalid_verification_token;
    case Code::InvalidCredentials: return invalid_credentials;
    case Code::EmailNotVerified: return email_not_verified;
    case Code::AccountLocked: return account_locked;
    case Code::TokenMissing: return token_missing;
    case Code::TokenExpired: return token_expired;
    case Code::TokenInvalid: return token_invalid;
    case Code::SessionRevoked: return session_revoked;
    case Code::TokenReused: return token_reused;
    case Code::PermissionDenied: return permission_denied;
    case Code::ReauthenticationRequired: return reauthentication_required;
    case Code::DuplicateEmail: return duplicate_email;
    case Code::SlugTaken: return slug_taken;
    case Code::Conflict: return conflict;
    case Code::PasswordPolicy: return password_policy;
    case Code::SamePassword: return same_password;
    case Code::RateLimited: return rate_limited;
    case Code::NotFound: return not_found;
    case Code::MethodNotAllowed: return method_not_allowed;
    case Code::PayloadTooLarge: return payload_too_large;
    case Code::UnsupportedMediaType: return unsupported_media_type;
    case Code::OriginNotAllowed: return origin_not_allowed;
    case Code::BadRequest: return bad_request;
    case Code::RequestTimeout: return request_timeout;
    case Code::UriTooLong: return uri_too_long;
    case Code::HeadersTooLarge: return headers_too_large;
    case Code::ExpectationFailed: return expectation_failed;
    case Code::VersionNotSupported: return version_not_supported;
    case Code::Overloaded: return overloaded;
    case Code::ProviderUnavailable: return provider_unavailable;
    case Code::InDoubt: return in_doubt;
    case Code::Internal: return internal;
  }
  return internal;
}

Response render_problem(const Error& error, std::string_view public_url, std::string_view trace_id) {
  const auto& kind = problem_kind(error.code);
  const auto name = code_name(error.code);
  JsonWriter json;
  json.begin_object();
  json.member("type", std::string(public_url) + "/errors/" + std::string(name));
  json.member("title", kind.title);
  json.member("status", kind.status);
  json.member("detail", kind.detail);
  json.member("code", name);
  if (!kind.legacy.empty()) json.member("legacyCode", kind.legacy);
  json.member("traceId", trace_id);
  if (!error.fields.empty()) {
    json.begin_array("errors");
    for (const auto& field : error.fields) {
      json.begin_object();
      json.member("pointer", field.pointer).member("code", field.code).member("detail", field.detail);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();

  Response response;
  response.status = kind.status;
  response.content_type = "application/problem+json";
  response.body = json.take();
  if (kind.status == 401) response.headers.emplace_back("WWW-Authenticate", challenge(error.code));
  if (kind.status == 429 || kind.status == 503) response.headers.emplace_back("Retry-After", retry_after(error));
  return response;
}

}  // namespace gatehouse::http
