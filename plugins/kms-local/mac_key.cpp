// SPDX-License-Identifier: Apache-2.0
#include "mac_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <stdexcept>

namespace gatehouse::kms_local {

MacKey::MacKey(std::span<const std::uint8_t> key) : keyed_(nullptr) {
  if (EVP_MAC* algorithm = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr); algorithm != nullptr) {
    keyed_ = EVP_MAC_CTX_new(algorithm);
    EVP_MAC_free(algorithm);
  }
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  if (keyed_ == nullptr || EVP_MAC_init(keyed_, key.data(), key.size(), params) != 1) {
    EVP_MAC_CTX_free(keyed_);
    throw std::runtime_error("OpenSSL refuses HMAC-SHA256");
  }
}

MacKey::~MacKey() {
  for (auto& slot : idle_) EVP_MAC_CTX_free(slot.load(std::memory_order_acquire));
  EVP_MAC_CTX_free(keyed_);
}

EVP_MAC_CTX* MacKey::borrow() const noexcept {
  for (auto& slot : idle_) {
    if (slot.load(std::memory_order_relaxed) == nullptr) continue;
    if (EVP_MAC_CTX* context = slot.exchange(nullptr, std::memory_order_acquire)) return context;
  }
  return EVP_MAC_CTX_dup(keyed_);
}

void MacKey::give_back(EVP_MAC_CTX* context) const noexcept {
  for (auto& slot : idle_) {
    EVP_MAC_CTX* empty = nullptr;
    if (slot.compare_exchange_strong(empty, context, std::memory_order_release, std::memory_order_relaxed)) return;
  }
  EVP_MAC_CTX_free(context);
}

bool MacKey::mac(std::string_view message, std::uint8_t (&out)[32]) const noexcept {
  EVP_MAC_CTX* context = borrow();
  if (context == nullptr) return false;
  std::size_t size = 0;
  // Init without a key goes back to the state right after the key.
  const bool done =
      EVP_MAC_init(context, nullptr, 0, nullptr) == 1 &&
      EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1 &&
      EVP_MAC_final(context, out, &size, sizeof out) == 1 && size == sizeof out;
  if (done) {
    give_back(context);
  } else {
    EVP_MAC_CTX_free(context);
    ERR_clear_error();
  }
  return done;
}

}  // namespace gatehouse::kms_local
