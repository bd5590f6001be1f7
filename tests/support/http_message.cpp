// SPDX-License-Identifier: Apache-2.0
#include "support/http_message.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace gatehouse::test {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::size_t number(std::string_view digits, const char* what) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    throw std::runtime_error(std::string("answer with a bad ") + what + ": " + std::string(digits));
  }
  return value;
}

void read_status_line(std::string_view line, HttpResponse& response) {
  if (line.size() < 12 || line.substr(0, 9) != "HTTP/1.1 ") {
    throw std::runtime_error("no HTTP/1.1 status line: " + std::string(line.substr(0, 80)));
  }
  response.status = static_cast<int>(number(line.substr(9, 3), "status"));
  if (line.size() > 13) response.reason = std::string(line.substr(13));
}

void read_header_line(std::string_view line, HttpResponse& response) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    throw std::runtime_error("header line without a name: " + std::string(line.substr(0, 80)));
  }
  for (const char c : line) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t') throw std::runtime_error("control character in a header");
  }
  response.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
}

std::size_t body_size(const HttpResponse& response, bool bodiless) {
  if (response.header("transfer-encoding")) throw std::runtime_error("answer with Transfer-Encoding");
  if (response.count("content-length") > 1) throw std::runtime_error("answer with two Content-Length");
  const bool never = response.status < 200 || response.status == 204 || response.status == 304;
  const auto length = response.header("content-length");
  if (never || bodiless) return 0;
  if (!length) throw std::runtime_error("answer without Content-Length");
  return number(*length, "Content-Length");
}

}  // namespace

bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::optional<std::string> HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (same_name(key, name)) return value;
  }
  return std::nullopt;
}

std::size_t HttpResponse::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(headers.begin(), headers.end(), [&](const auto& entry) { return same_name(entry.first, name); }));
}

bool HttpResponse::closes() const {
  const auto connection = header("connection");
  return connection && same_name(*connection, "close");
}

std::optional<HttpResponse> take_response(std::string& bytes, bool bodiless) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  HttpResponse response;
  std::string_view head = std::string_view(bytes).substr(0, end + 2);
  bool first = true;
  while (!head.empty()) {
    const auto line_end = head.find("\r\n");
    const auto line = head.substr(0, line_end);
    if (first) {
      read_status_line(line, response);
    } else {
      read_header_line(line, response);
    }
    first = false;
    head.remove_prefix(line_end + 2);
  }
  const auto size = body_size(response, bodiless);
  if (bytes.size() < end + 4 + size) return std::nullopt;
  response.body = bytes.substr(end + 4, size);
  bytes.erase(0, end + 4 + size);
  return response;
}

std::string serialise(const HttpRequest& request, std::string_view host) {
  std::string bytes = request.method + ' ' + request.target + " HTTP/1.1\r\nHost: ";
  bytes += host;
  bytes += "\r\n";
  for (const auto& [name, value] : request.headers) bytes += name + ": " + value + "\r\n";
  if (request.body) bytes += "Content-Length: " + std::to_string(request.body->size()) + "\r\n";
  bytes += "\r\n";
  if (request.body) bytes += *request.body;
  return bytes;
}

}  // namespace gatehouse::test
