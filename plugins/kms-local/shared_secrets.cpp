// SPDX-License-Identifier: Apache-2.0
#include "shared_secrets.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

namespace gatehouse::kms_local {
namespace {

constexpr std::size_t min_bytes = 32;
constexpr std::size_t derived_bytes = 32;
// Bits a character. 300,000 random secrets of 32 bytes had 3.35 or more in hex and 4.16 or more in base64.
constexpr double min_hex_entropy = 3.0;
constexpr double min_base64_entropy = 4.0;

struct Decoded {
  SecretBytes bytes;
  double min_entropy;
};

double entropy(std::string_view text) {
  std::array<double, 256> count{};
  for (const char c : text) count[static_cast<unsigned char>(c)] += 1;
  double bits = 0;
  for (const double n : count) {
    if (n > 0) bits -= n / static_cast<double>(text.size()) * std::log2(n / static_cast<double>(text.size()));
  }
  return bits;
}

std::optional<Decoded> decode(std::string_view text) {
  SecretBytes bytes(text.size() + 1);
  std::size_t size = 0;
  const char* end = nullptr;
  const char* const last = text.data() + text.size();
  // 64 hex digits are base64 as well; who writes nothing but hex digits means hex.
  if (sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end) == 0 && end == last) {
    bytes.shrink(size);
    return Decoded{std::move(bytes), min_hex_entropy};
  }
  for (const int variant : {sodium_base64_VARIANT_ORIGINAL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
                            sodium_base64_VARIANT_URLSAFE, sodium_base64_VARIANT_URLSAFE_NO_PADDING}) {
    if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, &end, variant) == 0 &&
        end == last) {
      bytes.shrink(size);
      return Decoded{std::move(bytes), min_base64_entropy};
    }
  }
  return std::nullopt;
}

bool repeats(std::span<const std::uint8_t> bytes) {
  for (std::size_t period = 1; period <= bytes.size() / 2; ++period) {
    if (std::equal(bytes.begin() + static_cast<std::ptrdiff_t>(period), bytes.end(), bytes.begin())) return true;
  }
  return false;
}

bool counts(std::span<const std::uint8_t> bytes) {
  const auto step = static_cast<std::uint8_t>(bytes[1] - bytes[0]);
  const auto next = [step](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>(b - a) != step; };
  return std::adjacent_find(bytes.begin(), bytes.end(), next) == bytes.end();
}

SecretBytes strong(std::string_view text, const std::string& which) {
  static constexpr std::string_view advice = "; make one with: openssl rand -base64 32";
  const auto refuse = [&](std::string_view why) {
    throw std::invalid_argument(which + " " + std::string(why) + std::string(advice));
  };
  auto decoded = decode(text);
  if (!decoded) refuse("is neither hex nor base64");
  const auto bytes = decoded->bytes.span();
  if (bytes.size() < min_bytes) refuse("has " + std::to_string(bytes.size()) + " bytes once decoded, 32 are needed");
  if (repeats(bytes)) refuse("repeats itself");
  if (counts(bytes)) refuse("counts up or down");
  if (std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b >= 0x20 && b < 0x7f; })) {
    refuse("is an encoded text, not random bytes");
  }
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (entropy(text) < decoded->min_entropy) refuse("looks typed, not random");
  return std::move(decoded->bytes);
}

std::vector<std::string_view> split(const std::vector<std::string_view>& entries) {
  static constexpr std::string_view blank = " \t\r\n";
  std::vector<std::string_view> parts;
  for (std::string_view entry : entries) {
    while (true) {
      const std::size_t comma = entry.find(',');
      std::string_view part = entry.substr(0, comma);
      part.remove_prefix(std::min(part.find_first_not_of(blank), part.size()));
      if (part.empty()) {
        throw std::invalid_argument("secret " + std::to_string(parts.size() + 1) + " is empty");
      }
      part.remove_suffix(part.size() - part.find_last_not_of(blank) - 1);
      parts.push_back(part);
      if (comma == std::string_view::npos) break;
      entry.remove_prefix(comma + 1);
    }
  }
  return parts;
}

// Takes "3:" off the front.
std::optional<std::uint32_t> take_version(std::string_view& text, const std::string& which) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::uint32_t version = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + colon, version);
  if (error != std::errc{} || end != text.data() + colon || version == 0 ||
      version == std::numeric_limits<std::uint32_t>::max()) {
    throw std::invalid_argument(which + " has something before its colon that is no version from 1 on");
  }
  text.remove_prefix(colon + 1);
  return version;
}

}  // namespace

std::vector<SharedSecret> parse_shared_secrets(const std::vector<std::string_view>& entries) {
  const std::vector<std::string_view> parts = split(entries);
  std::vector<SharedSecret> secrets(parts.size());
  std::uint32_t right_neighbour = 0;
  for (std::size_t i = parts.size(); i-- > 0;) {
    const std::string which = "secret " + std::to_string(i + 1);
    std::string_view text = parts[i];
    secrets[i].version = take_version(text, which).value_or(right_neighbour + 1);
    if (secrets[i].version <= right_neighbour) {
      throw std::invalid_argument(which + " does not have a higher version than the one after it");
    }
    right_neighbour = secrets[i].version;
    secrets[i].bytes = strong(text, which);
    for (std::size_t other = i + 1; other < parts.size(); ++other) {
      const auto a = secrets[i].bytes.span();
      const auto b = secrets[other].bytes.span();
      if (a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0) {
        throw std::invalid_argument(which + " is the same as secret " + std::to_string(other + 1));
      }
    }
  }
  return secrets;
}

SecretBytes derive_key(const SecretBytes& secret, std::string_view purpose) {
  SecretBytes key(derived_bytes);
  EVP_KDF* hkdf = EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr);
  EVP_KDF_CTX* context = hkdf == nullptr ? nullptr : EVP_KDF_CTX_new(hkdf);
  EVP_KDF_free(hkdf);
  char digest[] = "SHA256";
  // OpenSSL takes these as void*, and does not write to them.
  auto* const in = const_cast<std::uint8_t*>(secret.data());
  auto* const info = const_cast<char*>(purpose.data());
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, in, secret.size()),
                               OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, purpose.size()),
                               OSSL_PARAM_construct_end()};
  const bool derived = context != nullptr && EVP_KDF_derive(context, key.data(), key.size(), params) == 1;
  EVP_KDF_CTX_free(context);
  if (!derived) throw std::runtime_error("OpenSSL refuses HKDF-SHA256");
  return key;
}

}  // namespace gatehouse::kms_local
