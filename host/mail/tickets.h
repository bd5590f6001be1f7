// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "base/secret.h"
#include "mail/ticket.h"
#include "providers/storage.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {
class Random;
}
namespace gatehouse::providers {
class Keys;
}

namespace gatehouse::mail {

// Purpose of the MAC key that mailed tokens are made with.
inline constexpr std::string_view token_purpose = "mail_token";

// A token as somebody presented it: well-formed, and nothing more is known about it.
struct PresentedToken {
  Purpose purpose = Purpose::VerifyEmail;
  std::string tenant;
  std::string user;
  Secret<std::string> secret;
};

// Makes, derives and checks the tokens that mails carry. A token is
//   ghm_ base64url(MAC 32 | purpose 1 | length of tenant 1 | tenant | user)
// Any thread.
class Tickets {
 public:
  Tickets(providers::Storage& storage, providers::KindId kind, providers::Keys& keys, Random& random)
      : storage_(storage), kind_(kind), keys_(keys), random_(random) {}

  // A ticket that is ready to be committed; it takes the place of the user's former one of that purpose, if any.
  // Errors: ProviderUnavailable, Internal.
  Result<Ticket> prepare(Purpose purpose, std::string_view user, std::string_view email, std::string_view new_email,
                         std::chrono::seconds ttl, const Call& call) const;
  // As prepare, for a user that is new, whose records need not be read first.
  Result<Ticket> prepare_first(Purpose purpose, std::string_view user, std::string_view email, std::chrono::seconds ttl,
                               const Call& call) const;
  // The text of the token. NotFound: its key is gone, nobody could use it any more. ProviderUnavailable, Internal.
  Result<Secret<std::string>> derive(std::string_view tenant, std::string_view user, Purpose purpose,
                                     std::string_view salt, std::uint32_t key_version, const Call& call) const;

  // Empty: it has not the form of a token.
  static std::optional<PresentedToken> parse(const Secret<std::string>& text);
  // The ticket the token is for, when both are genuine and in time; empty otherwise: unknown, forged, spent, replaced,
  // expired. Nothing is spent. Errors: ProviderUnavailable, Internal.
  Result<std::optional<Ticket>> check(const PresentedToken& token, const Call& call) const;
  Result<std::optional<Ticket>> get(std::string_view tenant, std::string_view user, Purpose purpose,
                                    const Call& call) const;

  providers::KindId kind() const noexcept { return kind_; }

 private:
  providers::Storage& storage_;
  providers::KindId kind_;
  providers::Keys& keys_;
  Random& random_;
};

}  // namespace gatehouse::mail
