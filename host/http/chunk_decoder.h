// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::http {

// Reads a chunked body (RFC 9112 7.1) byte by byte, so that it holds nothing back and can be split anywhere. Strict
// where readers are known to differ: a size is 1 to 8 hexadecimal digits followed by CR LF or ";", extensions are
// skipped (at most 256 bytes of them a body), every line ends with CR LF, trailers are refused.
// Beast's own reader is not used for this: in Boost 1.74 it asserts when the last chunk arrives byte by byte.
class ChunkDecoder {
 public:
  enum class State : std::uint8_t { NeedMore, Complete, Malformed, TooLong };

  // Takes bytes off the front of `bytes` until the body ends or they do, and appends the content to `body`, which never
  // grows beyond `limit`. Not to be called again after anything but NeedMore.
  State advance(std::string_view& bytes, std::string& body, std::size_t limit);

 private:
  enum class At : std::uint8_t { Size, Extension, SizeLf, Data, DataCr, DataLf, EndCr, EndLf };
  enum class Step : std::uint8_t { Next, End, Malformed };
  Step take(char c);
  Step take_size(char c);

  At at_ = At::Size;
  unsigned digits_ = 0;
  unsigned extension_bytes_ = 0;
  std::uint64_t left_ = 0;  // of the current chunk
};

}  // namespace gatehouse::http
