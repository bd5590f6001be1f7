// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::http {

struct HeadBounds {
  std::size_t max_head_bytes = 16 * 1024;
  std::size_t max_target_bytes = 4 * 1024;
  std::size_t max_headers = 100;
};

// Finds the end of a request head in bytes as they come in, looking at each byte once, and refuses at the first byte
// that no well-formed head can hold, so that a peer that does not speak HTTP is answered at once and not after the
// head's deadline. It keeps what the parser behind it is lenient about from getting there: bare LF and CR, control
// characters, line folding, HTTP/0.9, other versions than 1.0 and 1.1. One CRLF before the request line is skipped
// (RFC 9112 2.2).
class HeadScan {
 public:
  enum class State : std::uint8_t { NeedMore, Complete, Refused };

  // `bytes`: everything received since the head began, what was passed before included.
  State advance(std::string_view bytes, const HeadBounds& bounds);

  // After Complete: where the request line begins and where the head ends, blank line included.
  std::size_t begin() const noexcept { return begin_; }
  std::size_t end() const noexcept { return at_; }
  // After Refused.
  const Error& refusal() const noexcept { return refusal_; }

 private:
  State end_of_line(std::string_view bytes, const HeadBounds& bounds);
  State check_request_line(std::string_view line);
  State check_control(unsigned char c);
  State check_size(std::size_t received, const HeadBounds& bounds);
  State refuse(Error error);

  std::size_t begin_ = 0;
  std::size_t at_ = 0;
  std::size_t line_ = 0;   // where the current line begins
  std::size_t lines_ = 0;  // whole lines seen, the request line among them
  Error refusal_;
};

}  // namespace gatehouse::http
