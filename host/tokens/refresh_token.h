// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "base/secret.h"
#include "providers/keys.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::tokens {

// Purpose of the MAC key in the key provider.
inline constexpr std::string_view refresh_purpose = "refresh";

// Which token it is; nothing in it is secret.
struct RefreshTokenId {
  std::string tenant;   // a UUID, or a name of 1 to 15 bytes
  std::string user;     // UUID text
  std::string session;  // UUID text
  std::uint64_t generation = 0;
  std::uint32_t key_version = 0;
};

// A token whose outer MAC was right: it was once made by us for this header. Whether it is genuine is only known after
// `authentic` with the session's salt.
struct PresentedRefreshToken {
  RefreshTokenId id;
  std::string header;  // the authenticated bytes
  std::string tag;     // 24 bytes
};

// ghr_ + base64url( format 1 | key version varint | tenant 16 | user 16 | session 16 | generation varint | pre 8 | tag 24 ).
// The tenant is a raw UUID, or a zero byte and a name padded with zero bytes: a UUIDv7 begins with its time, and its first
// byte has not been zero since 2004.
// Varints are minimal LEB128; every token has exactly one text. Any thread.
class RefreshTokens {
 public:
  explicit RefreshTokens(providers::Keys& keys) : keys_(keys) {}

  // The token of (session, generation): always the same text for the same key version and salt. key_version 0: current.
  Result<Secret<std::string>> derive(const RefreshTokenId& id, std::string_view salt, const Call& call);

  // Decodes and checks `pre`. Touches the key provider only when the text is well formed, and never a store.
  // Errors: TokenInvalid; ProviderUnavailable.
  Result<PresentedRefreshToken> parse(const Secret<std::string>& text, const Call& call);

  // Whether `tag` is right under the session's salt. False: forged by someone who has the key but not the salt.
  Result<bool> authentic(const PresentedRefreshToken& token, std::string_view salt, const Call& call);

 private:
  providers::Keys& keys_;
};

}  // namespace gatehouse::tokens
