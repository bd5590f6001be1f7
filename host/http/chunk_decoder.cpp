// SPDX-License-Identifier: Apache-2.0
#include "http/chunk_decoder.h"

#include "http/text.h"

#include <algorithm>

namespace gatehouse::http {
namespace {

constexpr unsigned max_digits = 8;
constexpr unsigned max_extension_bytes = 256;

}  // namespace

ChunkDecoder::State ChunkDecoder::advance(std::string_view& bytes, std::string& body, std::size_t limit) {
  while (!bytes.empty()) {
    if (at_ == At::Data) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      body.append(bytes.substr(0, size));
      bytes.remove_prefix(size);
      left_ -= size;
      if (left_ == 0) at_ = At::DataCr;
      continue;
    }
    const auto step = take(bytes.front());
    if (step == Step::Malformed) return State::Malformed;
    bytes.remove_prefix(1);
    if (step == Step::End) return State::Complete;
    if (at_ == At::Data && left_ > limit - body.size()) return State::TooLong;
  }
  return State::NeedMore;
}

ChunkDecoder::Step ChunkDecoder::take(char c) {
  const auto expect = [&](char wanted, At next) {
    if (c != wanted) return Step::Malformed;
    at_ = next;
    return Step::Next;
  };
  switch (at_) {
    case At::Size: return take_size(c);
    case At::Extension:
      if (c == '\r') return expect('\r', At::SizeLf);
      ++extension_bytes_;
      return extension_bytes_ <= max_extension_bytes && (c == '\t' || (c >= 0x20 && c < 0x7F)) ? Step::Next
                                                                                               : Step::Malformed;
    case At::SizeLf: return expect('\n', left_ == 0 ? At::EndCr : At::Data);
    case At::DataCr: return expect('\r', At::DataLf);
    case At::DataLf:
      digits_ = 0;
      left_ = 0;
      return expect('\n', At::Size);
    case At::EndCr: return expect('\r', At::EndLf);
    case At::EndLf: return c == '\n' ? Step::End : Step::Malformed;
    case At::Data: break;  // taken as a whole in advance()
  }
  return Step::Malformed;
}

ChunkDecoder::Step ChunkDecoder::take_size(char c) {
  if (const int digit = hex_value(c); digit >= 0) {
    if (++digits_ > max_digits) return Step::Malformed;
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    return Step::Next;
  }
  if (digits_ == 0) return Step::Malformed;
  if (c == '\r') {
    at_ = At::SizeLf;
    return Step::Next;
  }
  if (c != ';') return Step::Malformed;
  at_ = At::Extension;
  return Step::Next;
}

}  // namespace gatehouse::http
