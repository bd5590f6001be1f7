// SPDX-License-Identifier: Apache-2.0
#include "auth/new_password.h"

#include <array>

namespace gatehouse::auth {
namespace {

constexpr std::string_view product_word = "gatehouse";

}  // namespace

Result<std::string> NewPassword::make(const Secret<std::string>& password, const accounts::User& user,
                                      std::string_view pointer, crypto::HashArena& arena) const {
  const std::array words{product_word, std::string_view(user.tenant)};
  const auto allowed =
      accounts::check_password(policy_, password, {.email = user.email_normalized, .words = words}, pointer);
  if (!allowed) return allowed.error();
  if (!user.password_hash.empty() && hash_.verify(password, user.password_hash, arena).matches) {
    return Error{Code::SamePassword};
  }
  return hash_.make(password, arena);
}

}  // namespace gatehouse::auth
