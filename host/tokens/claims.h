// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "tokens/access_token.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::tokens {

// Who issues, and for whom.
struct Parties {
  std::string issuer;
  std::string audience;
};

// Claims whose signature was verified and whose content is right at any time; when they hold is `judge`'s.
struct VerifiedClaims {
  AccessClaims claims;
  Time not_before{};
};

// The payload: iss, aud, sub, exp, iat, nbf (as iat), jti, sid, tenant_id, type, email, role, permissions, auth_time.
std::string write_claims(const AccessClaims& claims, const Parties& parties);

// The opposite: every member above must be there, once, of its type; type "access", issuer and audience exactly ours
// (an audience list is refused, even with ours in it); ids not empty; times whole seconds between 0 and the year 9999.
// Further members are ignored.
std::optional<VerifiedClaims> read_claims(std::string_view payload, const Parties& parties);

enum class Timing : std::uint8_t { Valid, NotYet, Expired };

// How far ahead the clock of the server that made a token may be, whatever the leeway: servers that share a store date
// tokens by clocks that NTP holds together to milliseconds, and a token is used at once. It was signed by one of us, so
// taking it a moment early gives nobody anything.
constexpr std::chrono::seconds clocks_apart{5};

//   now >= exp + leeway                      Expired    (RFC 7519 4.1.4: on or after)
//   now <  nbf - max(leeway, clocks_apart)   NotYet     (4.1.5)
//   now <  iat - max(leeway, clocks_apart)   NotYet     (made in the future: not by us)
//   otherwise                                Valid
// What is both is NotYet: only a token that was valid once can be expired.
Timing judge(const VerifiedClaims& verified, Time now, std::chrono::seconds leeway) noexcept;

}  // namespace gatehouse::tokens
