// SPDX-License-Identifier: Apache-2.0
#include "record.h"

#include <gatehouse/sdk/view.hpp>

#include <algorithm>
#include <utility>

// The values of a record: small, as there are a million of them.
namespace gatehouse::store_redis {
namespace {

// What stands before a text: it is a UUID in its usual form and takes 16 bytes, as most texts of a session do; or its
// size and this much.
constexpr std::uint64_t uuid_form = 0;
constexpr std::uint64_t own_bytes = 1;

void append_varint(std::string& out, std::uint64_t number) {
  for (; number >= 0x80; number >>= 7) out += static_cast<char>(number | 0x80);
  out += static_cast<char>(number);
}

constexpr std::uint64_t zigzag(std::int64_t number) noexcept {
  return static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t number) noexcept {
  return static_cast<std::int64_t>(number >> 1 ^ (~(number & 1) + 1));
}

constexpr std::string_view hex = "0123456789abcdef";
constexpr bool is_dash(std::size_t at) noexcept { return at == 8 || at == 13 || at == 18 || at == 23; }

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_dash(at) ? text[at] != '-' : hex.find(text[at]) == std::string_view::npos) return false;
  }
  return true;
}

void append_uuid(std::string& out, std::string_view text) {
  unsigned digits = 0;
  unsigned byte = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_dash(at)) continue;
    byte = byte << 4 | static_cast<unsigned>(hex.find(text[at]));
    if (++digits % 2 == 0) out += static_cast<char>(byte & 0xff);
  }
}

void append_stored_text(std::string& out, const gh_value& value) {
  const auto text = sdk::view(value.s);
  if (value.type == GH_TEXT && is_uuid(text)) {
    append_varint(out, uuid_form);
    append_uuid(out, text);
    return;
  }
  append_varint(out, text.size() + own_bytes);
  out += text;
}

constexpr std::int64_t wrapped_sum(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
constexpr std::int64_t wrapped_difference(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

// Reads what append_values() wrote.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  std::string_view take(std::size_t size) {
    if (size > left_.size()) broken_record();
    const auto taken = left_.substr(0, size);
    left_.remove_prefix(size);
    return taken;
  }
  std::uint64_t varint() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      number |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return number;
    }
    broken_record();
  }

 private:
  std::string_view left_;
};

void write_uuid(std::string_view bytes, char* out) noexcept {
  std::size_t digit = 0;
  for (std::size_t at = 0; at < 36; ++at) {
    if (is_dash(at)) {
      out[at] = '-';
      continue;
    }
    const auto byte = static_cast<unsigned char>(bytes[digit / 2]);
    out[at] = hex[digit++ % 2 == 0 ? byte >> 4 : byte & 0xf];
  }
}

std::string_view read_text(Reader& reader, Decoded& decoded) {
  const std::uint64_t code = reader.varint();
  if (code != uuid_form) return reader.take(static_cast<std::size_t>(code - own_bytes));
  auto& text = decoded.uuids.emplace_back();
  write_uuid(reader.take(16), text.data());
  return {text.data(), text.size()};
}

}  // namespace

// How many values, a bit for each that is not NULL, then these. A time is stored by how far it is from the one before.
void append_values(std::string& out, const sdk::Values& values) {
  std::size_t count = values.size();
  while (count > 0 && values[count - 1].type == GH_NULL) --count;
  append_varint(out, count);
  std::string present((count + 7) / 8, '\0');
  for (std::size_t at = 0; at < count; ++at) {
    if (values[at].type != GH_NULL) present[at / 8] = static_cast<char>(present[at / 8] | 1 << at % 8);
  }
  out += present;
  std::int64_t time = 0;
  for (std::size_t at = 0; at < count; ++at) {
    const gh_value& value = values[at];
    switch (value.type) {
      case GH_NULL: break;
      case GH_BOOL: out += static_cast<char>(value.i); break;
      case GH_INT: append_varint(out, zigzag(value.i)); break;
      case GH_TIME: append_varint(out, zigzag(wrapped_difference(value.i, std::exchange(time, value.i)))); break;
      default: append_stored_text(out, value);
    }
  }
}

Decoded read_values(const Kind& kind, std::string_view bytes) {
  Reader reader(bytes);
  const auto count = static_cast<std::size_t>(reader.varint());
  const auto present = reader.take(count / 8 + (count % 8 != 0 ? 1 : 0));
  // Fields a newer server has added are passed over.
  const std::size_t known = std::min(count, kind.fields().size());
  Decoded decoded;
  decoded.values.reserve(known);
  decoded.uuids.reserve(known);
  std::int64_t time = 0;
  for (std::size_t at = 0; at < known; ++at) {
    gh_value value = sdk::null_value();
    if ((present[at / 8] >> at % 8 & 1) != 0) {
      value.type = kind.fields()[at].type;
      switch (value.type) {
        case GH_BOOL: value.i = reader.take(1)[0] != 0 ? 1 : 0; break;
        case GH_INT: value.i = unzigzag(reader.varint()); break;
        case GH_TIME: value.i = time = wrapped_sum(time, unzigzag(reader.varint())); break;
        default: value.s = sdk::slice(read_text(reader, decoded));
      }
    }
    decoded.values.push_back(value);
  }
  return decoded;
}

}  // namespace gatehouse::store_redis
