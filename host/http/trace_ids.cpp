// SPDX-License-Identifier: Apache-2.0
#include "http/trace_ids.h"

#include "base/random.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace gatehouse::http {
namespace {

constexpr std::size_t trace_digits = 32;
constexpr std::size_t span_digits = 16;

bool is_hex(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) noexcept { return text.find_first_not_of('0') == std::string_view::npos; }

// The trace id of "00-<trace id>-<span id>-<flags>"; empty when the header is not valid. Later versions may go on after
// the flags.
std::string_view trace_id_of(std::string_view header) noexcept {
  constexpr std::size_t size = 55;
  if (header.size() < size || header[2] != '-' || header[35] != '-' || header[52] != '-') return {};
  const auto version = header.substr(0, 2);
  const auto trace = header.substr(3, trace_digits);
  const auto span = header.substr(36, span_digits);
  if (!is_hex(version) || !is_hex(trace) || !is_hex(span) || !is_hex(header.substr(53, 2))) return {};
  if (version == "ff" || is_zero(trace) || is_zero(span)) return {};
  if (version == "00" ? header.size() != size : header.size() > size && header[size] != '-') return {};
  return trace;
}

void append_hex(std::string& out, const std::uint8_t* bytes, std::size_t count) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(digits[bytes[i] >> 4]);
    out.push_back(digits[bytes[i] & 0x0F]);
  }
}

}  // namespace

void TraceIds::assign(Request& request, Time now) {
  const auto* bytes = next(now);
  request.request_id.clear();
  if (const auto trace = trace_id_of(request.header("traceparent")); !trace.empty()) {
    request.request_id = trace;
  } else {
    append_hex(request.request_id, bytes, 16);
  }
  auto& parent = request.traceparent;
  parent.clear();
  parent.reserve(55);
  parent += "00-";
  parent += request.request_id;
  parent.push_back('-');
  append_hex(parent, bytes + 16, 8);
  parent += "-01";
}

const std::uint8_t* TraceIds::next(Time now) {
  if (used_ == pool_.size()) {
    used_ = 0;
    if (!random_.fill(pool_)) {
      const auto stamp = now.time_since_epoch().count();
      ++counter_;
      std::memcpy(pool_.data(), &stamp, sizeof stamp);
      std::memcpy(pool_.data() + 8, &counter_, sizeof counter_);
      std::memcpy(pool_.data() + 16, &counter_, sizeof counter_);
      used_ = pool_.size() - id_bytes;
      std::copy_n(pool_.begin(), id_bytes, pool_.end() - id_bytes);
    }
  }
  const auto* bytes = pool_.data() + used_;
  used_ += id_bytes;
  return bytes;
}

}  // namespace gatehouse::http
