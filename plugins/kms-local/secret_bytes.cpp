// SPDX-License-Identifier: Apache-2.0
#include "secret_bytes.h"

#include <sodium.h>

#include <algorithm>
#include <new>

namespace gatehouse::kms_local {

SecretBytes::SecretBytes(std::size_t size) : size_(size) {
  if (size == 0) return;
  // sodium_malloc needs the page size that sodium_init finds; further calls return at once.
  if (sodium_init() < 0) throw std::bad_alloc();
  bytes_.reset(static_cast<std::uint8_t*>(sodium_malloc(size)));
  if (!bytes_) throw std::bad_alloc();
  std::fill_n(bytes_.get(), size, std::uint8_t{0});
}

SecretBytes SecretBytes::copy_of(std::span<const std::uint8_t> bytes) {
  SecretBytes copy(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.data());
  return copy;
}

void SecretBytes::Free::operator()(std::uint8_t* bytes) const noexcept { sodium_free(bytes); }

}  // namespace gatehouse::kms_local
