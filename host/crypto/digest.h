// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

struct evp_md_st;

namespace gatehouse::crypto {

using Digest = std::array<std::uint8_t, 32>;

inline std::string_view view(const Digest& digest) noexcept {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// SHA-256 for hot paths: OpenSSL looks an algorithm up by name under a lock, which costs more than hashing a token, so
// it is looked up once, here. Hashing is for any thread and throws std::bad_alloc when there is no memory for it.
class Sha256 {
 public:
  Sha256();  // throws std::runtime_error when the library has no SHA-256
  Digest operator()(std::string_view bytes) const;

 private:
  struct Free {
    void operator()(evp_md_st* algorithm) const noexcept;
  };
  std::unique_ptr<evp_md_st, Free> algorithm_;
};

// The same for everything else. Throws as above.
Digest sha256(std::string_view bytes);

}  // namespace gatehouse::crypto
