// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/digest.h"
#include "tokens/claims.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gatehouse::tokens {

struct VerifiedToken {
  VerifiedClaims verified;
  std::string kid;
};

// Tokens whose signature was verified, by the SHA-256 of their whole text. Holds at most the given number; a full set
// of places forgets its least recently used. Remembers nothing a caller did not verify, so garbage cannot make it grow
// or push others out. Any thread; memory is taken as it is used.
class SignatureCache {
 public:
  using Entry = std::shared_ptr<const VerifiedToken>;

  explicit SignatureCache(std::size_t entries);

  Entry find(const crypto::Digest& token);
  void insert(const crypto::Digest& token, Entry entry);
  void erase_if(const std::function<bool(const VerifiedToken&)>& gone);
  std::size_t size() const;

 private:
  struct Place {
    crypto::Digest token{};
    Entry entry;
    std::uint64_t used = 0;
  };
  // A lock and the sets it guards.
  struct Shard {
    mutable std::mutex mutex;
    std::vector<Place> places;
    std::uint64_t clock = 0;
  };
  // The places one token may be in.
  struct Set {
    Shard& shard;
    std::size_t begin;
  };
  Set set_of(const crypto::Digest& token) noexcept;

  std::size_t ways_;            // places a set
  std::size_t sets_per_shard_;  // 0: remember nothing
  std::vector<Shard> shards_;
};

}  // namespace gatehouse::tokens
