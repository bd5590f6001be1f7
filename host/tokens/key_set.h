// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "crypto/public_key.h"
#include "providers/keys.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::tokens {

// "ES256": the `alg` of a header (RFC 7518 3.1, RFC 8037 3.1).
std::string_view algorithm_name(providers::Algorithm algorithm) noexcept;

struct TokenKey {
  std::uint32_t version = 0;
  providers::Algorithm algorithm = providers::Algorithm::ES256;
  std::string kid;     // RFC 7638 thumbprint; "hs-<version>" for HMAC, of whose key nothing may be shown
  std::string header;  // base64url of {"alg":..,"kid":..,"typ":"at+jwt"}
  std::optional<crypto::PublicKey> public_key;  // empty for HMAC
};

// The keys of one purpose as they were at one moment. Immutable, so any thread.
class KeySet {
 public:
  // Takes next, current and active keys, each with the algorithm it is for: whoever verifies takes it from here and not
  // from the token (RFC 8725 3.1). Fails with Internal when one cannot be used or appears twice, or when not exactly
  // one is current.
  static Result<std::shared_ptr<const KeySet>> make(const std::vector<providers::KeyInfo>& keys);

  // Null: no key of ours, or no longer.
  const TokenKey* find(std::string_view kid) const noexcept;
  const TokenKey& current() const noexcept { return keys_[current_]; }
  // RFC 7517; `keys` is empty for HMAC.
  const std::string& jwks() const noexcept { return jwks_; }

 private:
  KeySet() = default;
  std::vector<TokenKey> keys_;
  std::size_t current_ = 0;
  std::string jwks_;
};

}  // namespace gatehouse::tokens
