// SPDX-License-Identifier: Apache-2.0
#include "mac_key.h"

#include <sodium.h>

#include <new>

namespace gatehouse::kms_vault {
namespace {

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

MacKey::MacKey(std::string_view key) {
  if (sodium_init() < 0) throw std::bad_alloc();
  keyed_.reset(static_cast<crypto_auth_hmacsha256_state*>(sodium_malloc(sizeof(crypto_auth_hmacsha256_state))));
  if (!keyed_) throw std::bad_alloc();
  crypto_auth_hmacsha256_init(keyed_.get(), bytes(key), key.size());
  sodium_mprotect_readonly(keyed_.get());
}

void MacKey::mac(std::string_view message, std::uint8_t (&out)[32]) const noexcept {
  crypto_auth_hmacsha256_state state = *keyed_;
  crypto_auth_hmacsha256_update(&state, bytes(message), message.size());
  crypto_auth_hmacsha256_final(&state, out);
  sodium_memzero(&state, sizeof state);
}

void MacKey::Free::operator()(crypto_auth_hmacsha256_state* state) const noexcept { sodium_free(state); }

}  // namespace gatehouse::kms_vault
