// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"

#include <algorithm>
#include <array>
#include <iostream>
#include <map>

namespace gatehouse::test {
namespace {

using ::testing::AssertionFailure;
using ::testing::AssertionResult;
using ::testing::AssertionSuccess;

// The table of specification section 8.
const std::map<std::string, std::string, std::less<>>& legacy_codes() {
  static const std::map<std::string, std::string, std::less<>> codes{
      {"INVALID_CREDENTIALS", "AUTH_001"}, {"EMAIL_NOT_VERIFIED", "AUTH_002"}, {"ACCOUNT_LOCKED", "AUTH_003"},
      {"TOKEN_EXPIRED", "AUTH_004"},       {"TOKEN_INVALID", "AUTH_005"},      {"SESSION_REVOKED", "AUTH_006"},
      {"TOKEN_REUSED", "AUTH_006"},        {"PERMISSION_DENIED", "AUTH_007"}};
  return codes;
}

bool is_trace_id(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_positive_number(std::string_view text) {
  return !text.empty() && text != "0" && text.find_first_not_of("0123456789") == std::string_view::npos;
}

AssertionResult shown(const HttpResponse& response, const std::string& what) {
  auto failure = AssertionFailure() << what << "\n" << response.status << ' ' << response.reason << '\n';
  for (const auto& [name, value] : response.headers) failure << name << ": " << value << '\n';
  return failure << '\n' << response.body.substr(0, 2000);
}

std::string header_fault(const HttpResponse& response) {
  const auto authenticate = response.header("www-authenticate").value_or("");
  if (response.status == 401 && !authenticate.starts_with("Bearer")) return "401 without WWW-Authenticate: Bearer";
  const bool later = response.status == 429 || response.status == 503;
  if (later && !is_positive_number(response.header("retry-after").value_or(""))) return "no usable Retry-After";
  if (response.status == 405 && response.header("allow").value_or("").empty()) return "405 without Allow";
  return {};
}

std::string member_fault(const HttpResponse& response, const Json& body, std::string_view code) {
  if (body["code"].text() != code) return "code is not " + std::string(code);
  if (body["status"].integer() != response.status) return "member status is not the status";
  if (!body["type"].is_string() || body["type"].text().find(std::string(code)) == std::string::npos) {
    return "type does not name the code's page";
  }
  if (body["title"].text().empty() || !body["title"].is_string()) return "no title";
  if (!is_trace_id(body["traceId"].text())) return "traceId is not 32 hex digits";
  if (response.header("x-request-id").value_or("") != body["traceId"].text()) return "X-Request-Id is not the traceId";
  const auto legacy = legacy_codes().find(code);
  if (legacy == legacy_codes().end() && body["legacyCode"].is_string()) return "a legacyCode where there is none";
  if (legacy != legacy_codes().end() && body["legacyCode"].text() != legacy->second) return "wrong legacyCode";
  return {};
}

void print_tail(const std::string& text) {
  constexpr std::size_t most = 6000;
  std::cerr << "---- the server's output, its end ----\n"
            << (text.size() > most ? text.substr(text.size() - most) : text) << "\n----\n";
}

}  // namespace

void ApiTest::start(ServerOptions options) {
  api_.reset();
  server_ = std::make_unique<ServerProcess>(std::move(options));
  api_ = std::make_unique<Api>(server_->listen());
}

void ApiTest::TearDown() {
  if (!server_) return;
  api_.reset();
  if (server_->running()) {
    EXPECT_EQ(server_->stop(), 0) << "exit code of the server";
  }
  if (HasFailure()) print_tail(server_->output());
}

std::string ApiTest::metrics() { return HttpClient(server_->management()).get("/metrics").body; }

AssertionResult is_problem(const HttpResponse& response, int status, std::string_view code) {
  if (response.status != status) return shown(response, "expected status " + std::to_string(status));
  if (!response.header("content-type").value_or("").starts_with("application/problem+json")) {
    return shown(response, "not application/problem+json");
  }
  Json body;
  try {
    body = Json::parse(response.body);
  } catch (const std::exception& error) {
    return shown(response, std::string("not JSON: ") + error.what());
  }
  if (const auto fault = member_fault(response, body, code); !fault.empty()) return shown(response, fault);
  if (const auto fault = header_fault(response); !fault.empty()) return shown(response, fault);
  return AssertionSuccess();
}

AssertionResult names_field(const HttpResponse& response, std::string_view pointer, std::string_view code) {
  const auto body = Json::parse(response.body);
  for (const auto& entry : body["errors"].items()) {
    if (entry["pointer"].text() != pointer) continue;
    if (!code.empty() && entry["code"].text() != code) continue;
    if (entry["detail"].is_string() && !entry["detail"].text().empty()) return AssertionSuccess();
  }
  return shown(response, "no entry in errors[] for " + std::string(pointer) + ' ' + std::string(code));
}

AssertionResult has_security_headers(const HttpResponse& response) {
  const std::array<std::pair<std::string_view, std::string_view>, 5> wanted{
      {{"x-content-type-options", "nosniff"},
       {"content-security-policy", "default-src 'none'"},
       {"content-security-policy", "frame-ancestors 'none'"},
       {"referrer-policy", "no-referrer"},
       {"cross-origin-resource-policy", "same-origin"}}};
  for (const auto& [name, part] : wanted) {
    if (response.header(name).value_or("").find(part) == std::string::npos) {
      return shown(response, std::string(name) + " does not say " + std::string(part));
    }
  }
  if (!is_trace_id(response.header("x-request-id").value_or(""))) return shown(response, "no X-Request-Id");
  if (response.header("server") || response.header("x-powered-by")) return shown(response, "tells what it runs on");
  return AssertionSuccess();
}

std::string comparable(const HttpResponse& response) {
  std::string body = response.body;
  const auto begin = body.find("\"traceId\"");
  if (begin == std::string::npos) return body;
  const auto value = body.find('"', begin + 9);
  const auto end = body.find('"', value + 1);
  return body.erase(begin, end - begin + 1);
}

}  // namespace gatehouse::test
