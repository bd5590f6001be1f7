// SPDX-License-Identifier: Apache-2.0
#include "crypto/phc_string.h"

#include "base/encoding.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace gatehouse::crypto {
namespace {

// Longer than any string that can be right.
constexpr std::size_t max_text = 256;

// The standard alphabet of RFC 4648 4, by way of the other one.
std::string to_base64(std::string_view bytes) {
  auto text = base64url_encode(bytes);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.find_first_of("-_") != std::string_view::npos) return std::nullopt;
  std::string other(text);
  std::replace(other.begin(), other.end(), '+', '-');
  std::replace(other.begin(), other.end(), '/', '_');
  return base64url_decode(other);
}

// Takes what it expects from the front of a text; once something was missing it stays failed.
class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept : rest_(text) {}

  void expect(std::string_view literal) noexcept {
    if (ok_ && rest_.substr(0, literal.size()) == literal) {
      rest_.remove_prefix(literal.size());
    } else {
      ok_ = false;
    }
  }

  std::uint32_t number() noexcept {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc{} || rest_.front() == '0') ok_ = false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  std::string_view until(char stop) noexcept {
    const auto part = rest_.substr(0, rest_.find(stop));
    rest_.remove_prefix(part.size());
    return part;
  }

  std::string_view rest() const noexcept { return rest_; }
  bool ok() const noexcept { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

bool has_size(const std::optional<std::string>& bytes, std::size_t least, std::size_t most) noexcept {
  return bytes && bytes->size() >= least && bytes->size() <= most;
}

}  // namespace

std::string encode_phc(const Argon2idString& parts) {
  return "$argon2id$v=19$m=" + std::to_string(parts.parameters.memory_kib) +
         ",t=" + std::to_string(parts.parameters.passes) + ",p=" + std::to_string(parts.parameters.lanes) + "$" +
         to_base64(parts.salt) + "$" + to_base64(parts.hash);
}

std::optional<Argon2idString> decode_phc(std::string_view text) {
  if (text.size() > max_text) return std::nullopt;
  Scanner scanner(text);
  Argon2idString parts;
  scanner.expect("$argon2id$v=19$m=");
  parts.parameters.memory_kib = scanner.number();
  scanner.expect(",t=");
  parts.parameters.passes = scanner.number();
  scanner.expect(",p=");
  parts.parameters.lanes = scanner.number();
  scanner.expect("$");
  auto salt = from_base64(scanner.until('$'));
  scanner.expect("$");
  auto hash = from_base64(scanner.rest());
  if (!scanner.ok() || !are_usable(parts.parameters)) return std::nullopt;
  if (!has_size(salt, 8, 64) || !has_size(hash, 16, 64)) return std::nullopt;
  parts.salt = std::move(*salt);
  parts.hash = std::move(*hash);
  return parts;
}

}  // namespace gatehouse::crypto
