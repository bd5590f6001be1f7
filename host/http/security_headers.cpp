// SPDX-License-Identifier: Apache-2.0
#include "http/security_headers.h"

#include "http/text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gatehouse::http {
namespace {

using Header = std::pair<std::string_view, std::string_view>;

constexpr std::array<Header, 5> always = {{
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"X-Frame-Options", "DENY"},
}};
constexpr Header strict_transport = {"Strict-Transport-Security", "max-age=31536000; includeSubDomains"};

void append_header(std::string& head, const Header& header) {
  head.append(header.first).append(": ").append(header.second).append("\r\n");
}

bool sets(const Response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const auto& header) { return same_ignoring_case(header.first, name); });
}

}  // namespace

SecurityHeaders::SecurityHeaders(Hsts hsts) : hsts_(hsts) {
  for (const auto& header : always) append_header(usual_, header);
  if (hsts_ == Hsts::On) append_header(usual_, strict_transport);
}

void SecurityHeaders::append(std::string& head, const Response& response) const {
  if (response.headers.empty()) {
    head += usual_;
  } else {
    for (const auto& header : always) {
      if (!sets(response, header.first)) append_header(head, header);
    }
    if (hsts_ == Hsts::On && !sets(response, strict_transport.first)) append_header(head, strict_transport);
  }
  if (response.sensitive && !sets(response, "Cache-Control")) head += "Cache-Control: no-store\r\n";
}

}  // namespace gatehouse::http
