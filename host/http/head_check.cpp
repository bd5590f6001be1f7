// SPDX-License-Identifier: Apache-2.0
#include "http/head_check.h"

#include "http/refusal.h"
#include "http/text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace gatehouse::http {
namespace {

// Headers that decide something here and of which a second one would let two readers decide differently.
constexpr std::array<std::string_view, 13> singletons = {
    "host",
    "content-length",
    "transfer-encoding",
    "expect",
    "authorization",
    "content-type",
    "content-encoding",
    "origin",
    "idempotency-key",
    "if-match",
    "x-client-id",
    "x-tenant-id",
    "access-control-request-method",
};
constexpr std::size_t host = 0, content_length = 1, transfer_encoding = 2, expect = 3;

struct Found {
  std::array<const std::string*, singletons.size()> value{};
  bool repeated = false;
  bool close = false;
  bool keep_alive = false;
};

Found collect(const Request& request) noexcept {
  Found found;
  for (const auto& [name, value] : request.headers) {
    const auto at = std::find(singletons.begin(), singletons.end(), name);
    if (at != singletons.end()) {
      auto& slot = found.value[static_cast<std::size_t>(at - singletons.begin())];
      found.repeated = found.repeated || slot != nullptr;
      slot = &value;
    } else if (name == "connection") {
      found.close = found.close || lists_token(value, "close");
      found.keep_alive = found.keep_alive || lists_token(value, "keep-alive");
    }
  }
  return found;
}

bool is_port(std::string_view text) noexcept {
  return text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit);
}

// uri-host [ ":" port ] (RFC 9112 3.2) without user info, percent-encoding and the rarer sub-delimiters.
bool is_host(std::string_view text) noexcept {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    const auto literal = text.substr(1, end - 1);
    const auto rest = text.substr(end + 1);
    const auto fits = [](char c) { return hex_value(c) >= 0 || c == ':' || c == '.'; };
    return std::all_of(literal.begin(), literal.end(), fits) &&
           (rest.empty() || (rest.front() == ':' && is_port(rest.substr(1))));
  }
  const auto name = take_until(text, ':');
  const auto fits = [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), fits) && is_port(text);
}

// 1*DIGIT; 18 of them fit into 64 bits, and no body of ours is longer.
std::optional<std::uint64_t> parse_length(std::string_view text) noexcept {
  if (text.empty() || text.size() > 18 || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

}  // namespace

Result<Framing> check_head(const Request& request, Version version) {
  const auto found = collect(request);
  if (found.repeated) return bad_request("HEADER_REPEATED", "a header that may be sent once was sent twice");
  if (found.value[host] == nullptr || !is_host(*found.value[host])) {
    return bad_request("HOST", "exactly one well-formed Host header is required");
  }

  Framing framing;
  framing.keep_alive = !found.close && (version == Version::Http11 || found.keep_alive);
  if (const auto* coding = found.value[transfer_encoding]) {
    if (version == Version::Http10 || !same_ignoring_case(*coding, "chunked") ||
        found.value[content_length] != nullptr) {
      return bad_request("TRANSFER_ENCODING", "Transfer-Encoding must be chunked, alone, and on HTTP/1.1");
    }
    framing.chunked = true;
  }
  if (const auto* text = found.value[content_length]) {
    const auto length = parse_length(*text);
    if (!length) return bad_request("CONTENT_LENGTH", "Content-Length must be one decimal number");
    framing.content_length = *length;
  }
  if (const auto* expectation = found.value[expect]; expectation != nullptr && version == Version::Http11) {
    if (!same_ignoring_case(*expectation, "100-continue")) return Error{Code::ExpectationFailed};
    framing.expects_continue = true;
  }
  return framing;
}

}  // namespace gatehouse::http
