// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "keyring_text.h"
#include "mac_key.h"
#include "shared_secrets.h"
#include "signing_key.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::kms_local {

// A key ready for use: `mac` for HMAC-SHA256, `signer` for the others.
struct Key {
  std::uint32_t version = 0;
  std::uint32_t algorithm = 0;  // GH_ALG_*
  std::uint32_t state = 0;      // GH_KEY_*, as written; state_at() says what that means now
  std::int64_t created_us = 0;  // 0: not known
  std::int64_t from_us = 0;     // of a next key: when it becomes current; 0: not by itself
  std::shared_ptr<const MacKey> mac;
  std::shared_ptr<const SigningKey> signer;
};

struct Purpose {
  std::string name;
  bool shared = false;    // from `hmac_secrets`, not from the keyring
  std::vector<Key> keys;  // oldest first

  // The key of this version, the one that is current then for 0; null when there is none.
  const Key* find(std::uint32_t version, std::int64_t now_us) const noexcept;
  // GH_KEY_*: a next key whose time has come is current, whatever was current before is active. Nobody has to write
  // that down for it to be so, and every server that reads the file agrees.
  std::uint32_t state_at(const Key& key, std::int64_t now_us) const noexcept;
};

// All keys at one moment. Filled by one thread, then shared and never changed.
class KeySet {
 public:
  // Throws TextError naming the line whose private key cannot be used.
  void add(const std::vector<KeyRecord>& records);
  // Takes the place of keys of that purpose from the keyring.
  void add_shared(std::string_view purpose, const std::vector<SharedSecret>& secrets);

  const Purpose* find(std::string_view purpose) const noexcept;
  const std::vector<Purpose>& purposes() const noexcept { return purposes_; }

 private:
  std::vector<Purpose> purposes_;
};

}  // namespace gatehouse::kms_local
