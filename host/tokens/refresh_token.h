// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "base/secret.h"
#include "providers/keys.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::tokens {

// Purpose of the MAC key in the key provider.
inline constexpr std::string_view refresh_purpose = "refresh";
// What a session's salt must have.
inline constexpr std::size_t refresh_salt_size = 16;

// Which token it is; nothing in it is secret.
struct RefreshTokenId {
  std::string tenant;   // a UUID, or a name of 1 to 15 bytes
  std::string user;     // UUID text
  std::string session;  // UUID text
  std::uint64_t generation = 0;
  std::uint32_t key_version = 0;
};

// A token whose outer MAC was right: it was once made by us, down to its last bit. Whether it is genuine is only known
// after `authentic` with the session's salt: whoever has the key alone can make this much.
struct PresentedRefreshToken {
  RefreshTokenId id;
  std::string header;  // the authenticated bytes
  std::string tag;     // 24 bytes
};

// ghr_ + base64url( format 1 | key version varint | tenant 16 | user 16 | session 16 | generation varint | pre 8 | tag
// 24 ). The tenant is a raw UUID, or a zero byte and a name padded with zero bytes: a UUIDv7 begins with its time, and
// its first byte has not been zero since 2004. Varints are minimal LEB128; every token has exactly one text. Any
// thread.
//   tag = first 24 bytes of HMAC(K, "tag" | header | salt)
//   pre = first  8 bytes of HMAC(K, "pre" | header | tag)
// `pre` covers all that is before and after it, so a token with any bit changed is refused without a store being asked.
class RefreshTokens {
 public:
  explicit RefreshTokens(providers::Keys& keys) : keys_(keys) {}

  // The token of (session, generation): always the same text for the same key version and salt. key_version 0: current.
  // Two MACs; one more after the key was rotated. Errors: ProviderUnavailable; Internal, also for ids or a salt that
  // cannot be.
  Result<Secret<std::string>> derive(const RefreshTokenId& id, std::string_view salt, const Call& call);

  // Decodes and checks `pre`. Touches the key provider only when the text is well formed, and never a store.
  // Errors: TokenInvalid; ProviderUnavailable; Internal.
  Result<PresentedRefreshToken> parse(const Secret<std::string>& text, const Call& call);

  // Whether `tag` is right under the session's salt. False: forged by someone who has the key but not the salt, or made
  // with a key that is gone since. Errors: ProviderUnavailable; Internal.
  Result<bool> authentic(const PresentedRefreshToken& token, std::string_view salt, const Call& call);

 private:
  struct Tagged;
  Result<Tagged> make_tag(RefreshTokenId id, std::string_view salt, const Call& call);

  providers::Keys& keys_;
  // The last version that was seen to be current.
  std::atomic<std::uint32_t> current_{1};
};

}  // namespace gatehouse::tokens
