// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user.h"
#include "auth/token_issuer.h"

#include <string_view>

namespace gatehouse::auth {

Identity identity_of(const accounts::User& user);
Identity identity_of(const accounts::UserGate& user, std::string_view tenant, std::string_view id);

}  // namespace gatehouse::auth
