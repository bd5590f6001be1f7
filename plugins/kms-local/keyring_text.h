// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret_bytes.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// The text of a keyring: one key a line, so that a person can read it, `diff` it and retire a key in an editor, and so
// that an error can name the line. README.md has the format.
namespace gatehouse::kms_local {

struct KeyRecord {
  std::string purpose;
  std::uint32_t version = 0;
  std::uint32_t algorithm = 0;  // GH_ALG_*
  std::uint32_t state = 0;      // GH_KEY_*
  std::int64_t created_us = 0;  // whole seconds
  std::int64_t from_us = 0;     // of a next key: when it becomes current, whole seconds; 0: not by itself
  SecretBytes secret;           // the HMAC key itself, or PKCS#8 DER
  std::size_t line = 0;         // where it was read, from 1; not written
};

// What is wrong with a keyring's text. Words of the text are never quoted: with a column missing, the word in the wrong
// place is the secret.
class TextError : public std::runtime_error {
 public:
  TextError(std::size_t line, const std::string& what) : std::runtime_error(what), line_(line) {}
  std::size_t line() const noexcept { return line_; }

 private:
  std::size_t line_;
};

// True for what may name a purpose: [a-z_]{1,32}.
bool is_purpose(std::string_view text) noexcept;
// "ES256"; empty for what is no algorithm.
std::string_view algorithm_name(std::uint32_t algorithm) noexcept;

// Ordered by purpose and version, with exactly one current key a purpose. The secrets are decoded and
// HMAC keys are at least 32 bytes, but whether a private key is one is not looked at. Throws TextError.
std::vector<KeyRecord> parse_keyring(std::string_view text);

SecretBytes render_keyring(const std::vector<KeyRecord>& keys);

}  // namespace gatehouse::kms_local
