// SPDX-License-Identifier: Apache-2.0
#include "http/head_scan.h"

#include "http/refusal.h"
#include "http/text.h"

#include <algorithm>
#include <utility>

namespace gatehouse::http {
namespace {

constexpr bool is_plain(char c) noexcept { return c >= 0x20 && c < 0x7F; }

// Method, spaces and version around the target of a request line.
constexpr std::size_t line_allowance = 64;

}  // namespace

HeadScan::State HeadScan::refuse(Error error) {
  refusal_ = std::move(error);
  return State::Refused;
}

HeadScan::State HeadScan::advance(std::string_view bytes, const HeadBounds& bounds) {
  for (;;) {
    const auto end = std::min(bytes.size(), begin_ + bounds.max_head_bytes);
    while (at_ < end && is_plain(bytes[at_])) ++at_;
    if (at_ >= end) break;
    const char c = bytes[at_];
    if (c == '\r') {
      if (at_ + 1 >= end) break;
      if (bytes[at_ + 1] != '\n') return refuse(bad_request("BARE_CR", "a CR stands without its LF"));
      const auto state = end_of_line(bytes, bounds);
      if (state != State::NeedMore) return state;
      continue;
    }
    const auto state = check_control(static_cast<unsigned char>(c));
    if (state != State::NeedMore) return state;
    ++at_;
  }
  return check_size(bytes.size(), bounds);
}

HeadScan::State HeadScan::end_of_line(std::string_view bytes, const HeadBounds& bounds) {
  const auto line = bytes.substr(line_, at_ - line_);
  at_ += 2;
  line_ = at_;
  if (line.empty() && lines_ > 0) return State::Complete;
  if (line.empty()) {
    if (begin_ > 0) return refuse(bad_request("NO_REQUEST_LINE", "the message begins with blank lines"));
    begin_ = at_;
    return State::NeedMore;
  }
  ++lines_;
  if (lines_ == 1) return check_request_line(line);
  if (line.front() == ' ' || line.front() == '\t') {
    return refuse(bad_request("LINE_FOLDING", "header lines must not be folded"));
  }
  if (lines_ - 1 > bounds.max_headers) return refuse(Error{Code::HeadersTooLarge, "too many headers"});
  return State::NeedMore;
}

HeadScan::State HeadScan::check_request_line(std::string_view line) {
  const auto space = line.rfind(' ');
  const auto version = space == std::string_view::npos ? std::string_view() : line.substr(space + 1);
  if (version == "HTTP/1.1" || version == "HTTP/1.0") return State::NeedMore;
  if (version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) && version[6] == '.' &&
      is_digit(version[7])) {
    return refuse(Error{Code::VersionNotSupported, "neither HTTP/1.1 nor HTTP/1.0"});
  }
  return refuse(bad_request("NO_HTTP_VERSION", "the request line must end with HTTP/1.1 or HTTP/1.0"));
}

HeadScan::State HeadScan::check_control(unsigned char c) {
  if (c == '\n') return refuse(bad_request("BARE_LF", "lines must end with CR LF"));
  const bool in_headers = lines_ > 0;
  if (in_headers && (c == '\t' || c >= 0x80)) return State::NeedMore;
  return refuse(bad_request("CHARACTER_NOT_ALLOWED", "the head holds a character that HTTP does not allow there"));
}

HeadScan::State HeadScan::check_size(std::size_t received, const HeadBounds& bounds) {
  const auto size = received - std::min(received, begin_);
  if (lines_ == 0 && size > bounds.max_target_bytes + line_allowance) {
    return refuse(Error{Code::UriTooLong, "the request line is too long"});
  }
  if (size >= bounds.max_head_bytes) return refuse(Error{Code::HeadersTooLarge, "the head is too long"});
  return State::NeedMore;
}

}  // namespace gatehouse::http
