// SPDX-License-Identifier: Apache-2.0
#include "http/target.h"

#include "base/encoding.h"
#include "http/refusal.h"
#include "http/text.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace gatehouse::http {
namespace {

constexpr std::size_t max_query_members = 64;

enum class Plus : bool { Literal, Space };

std::optional<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::Space) {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return decoded;
}

// Slashes and backslashes in an encoded path came out of %2F and %5C: raw backslashes were refused before, and raw
// slashes are compared by number.
bool is_clean_path(std::string_view encoded, std::string_view path) {
  if (std::count(encoded.begin(), encoded.end(), '/') != std::count(path.begin(), path.end(), '/')) return false;
  const auto is_unfit = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F || c == '\\'; };
  return std::none_of(path.begin(), path.end(), is_unfit) && is_utf8(path);
}

bool has_unfit_segment(std::string_view path) {
  if (path == "/") return false;
  std::string_view rest = path.substr(1);
  if (rest.empty() || rest.back() == '/') return true;
  while (!rest.empty()) {
    const auto segment = take_until(rest, '/');
    if (segment.empty() || segment == "." || segment == "..") return true;
  }
  return false;
}

// "a:80" of the absolute form "http://a:80/path" (RFC 9112 3.2.2); empty for other forms.
std::optional<std::string_view> authority_of(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() < scheme.size() || !same_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    auto rest = target.substr(scheme.size());
    return rest.substr(0, rest.find_first_of("/?"));
  }
  return std::nullopt;
}

std::optional<Error> parse_query(std::string_view query, Request& request) {
  while (!query.empty()) {
    auto value = take_until(query, '&');
    if (value.empty()) continue;
    const auto name = take_until(value, '=');
    auto decoded_name = percent_decode(name, Plus::Space);
    auto decoded_value = percent_decode(value, Plus::Space);
    if (!decoded_name || !decoded_value) return bad_request("QUERY", "the query is not well percent-encoded");
    const auto is_unfit = [](const std::string& text) {
      return text.find('\0') != std::string::npos || !is_utf8(text);
    };
    if (is_unfit(*decoded_name) || is_unfit(*decoded_value)) {
      return bad_request("QUERY", "the query must be UTF-8 without NUL");
    }
    if (request.query.size() == max_query_members) return bad_request("QUERY", "the query has too many members");
    request.query.emplace_back(std::move(*decoded_name), std::move(*decoded_value));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> parse_target(Request& request, std::size_t max_target_bytes) {
  std::string_view target = request.target;
  if (target.size() > max_target_bytes) return Error{Code::UriTooLong};
  if (target == "*" && request.method == Method::Options) {
    request.path.assign(1, '*');
    return std::nullopt;
  }
  if (const auto authority = authority_of(target)) {
    if (!same_ignoring_case(*authority, request.header("host"))) {
      return bad_request("TARGET_FORM", "the request target names another host than Host does");
    }
    target.remove_prefix(target.find("//") + 2 + authority->size());
  }
  if (!target.starts_with('/')) return bad_request("TARGET_FORM", "the request target must begin with a slash");
  const auto is_unfit = [](char c) { return c <= 0x20 || c >= 0x7F || c == '\\' || c == '#'; };
  if (std::any_of(target.begin(), target.end(), is_unfit)) {
    return bad_request("TARGET_CHARACTER", "the request target holds a character that must be percent-encoded");
  }

  auto rest = target;
  const auto encoded = take_until(rest, '?');
  if (encoded.find('%') == std::string_view::npos) {
    request.path = encoded;
  } else {
    auto path = percent_decode(encoded, Plus::Literal);
    if (!path || !is_clean_path(encoded, *path)) {
      return bad_request("PATH_ENCODING", "the path holds an encoding that is not allowed");
    }
    request.path = std::move(*path);
  }
  if (has_unfit_segment(request.path)) {
    return bad_request("PATH_SEGMENT", "the path must not hold empty or dot segments");
  }
  return parse_query(rest, request);
}

}  // namespace gatehouse::http
