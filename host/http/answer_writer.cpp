// SPDX-License-Identifier: Apache-2.0
#include "http/answer_writer.h"

#include "base/log.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::http {
namespace {

bool is_field_value(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7F; });
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return "";
  }
}

void append_number(std::string& out, std::int64_t number) {
  char digits[24];
  out.append(digits, std::to_chars(std::begin(digits), std::end(digits), number).ptr);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

void AnswerWriter::write(Exchange& exchange, const Response& response, DateText& date) const {
  const auto& request = exchange.request;
  auto& out = exchange.output;
  out.reserve(1024 + response.body.size());
  out += "HTTP/1.1 ";
  append_number(out, response.status);
  out.append(" ").append(reason_phrase(response.status)).append("\r\n");
  append_header(out, "Date", date.at(request.now));
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) {
    if (!response.content_type.empty()) append_header(out, "Content-Type", response.content_type);
    out += "Content-Length: ";
    append_number(out, static_cast<std::int64_t>(response.body.size()));
    out += "\r\n";
  }
  append_header(out, "X-Request-Id", request.request_id);
  append_header(out, "traceparent", request.traceparent);
  security_headers_.append(out, response);
  cors_.append_headers(out, request);
  for (const auto& [name, value] : response.headers) {
    if (is_field_value(value)) {
      append_header(out, name, value);
    } else {
      log_.error("header with control characters left out", {{"header", name}, {"request_id", request.request_id}});
    }
  }
  if (exchange.close) {
    out += "Connection: close\r\n";
  } else if (exchange.version == Version::Http10) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  if (!bodiless && request.method != Method::Head) out += response.body;
}

}  // namespace gatehouse::http
