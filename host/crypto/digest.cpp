// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include <openssl/evp.h>
#include <new>
#include <stdexcept>

namespace gatehouse::crypto {

void Sha256::Free::operator()(evp_md_st* algorithm) const noexcept { EVP_MD_free(algorithm); }

Sha256::Sha256() : algorithm_(EVP_MD_fetch(nullptr, "SHA2-256", nullptr)) {
  if (!algorithm_) throw std::runtime_error("OpenSSL offers no SHA-256");
}

Digest Sha256::operator()(std::string_view bytes) const {
  Digest digest;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, algorithm_.get(), nullptr) != 1) {
    throw std::bad_alloc();
  }
  return digest;
}

Digest sha256(std::string_view bytes) { return Sha256()(bytes); }

}  // namespace gatehouse::crypto
