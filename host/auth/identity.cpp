// SPDX-License-Identifier: Apache-2.0
#include "auth/identity.h"

namespace gatehouse::auth {
namespace {

template <class Account>
Identity make(const Account& user, std::string_view tenant, std::string_view id) {
  Identity identity;
  identity.id = id;
  identity.tenant = tenant;
  identity.email = user.email;
  identity.name = user.name;
  identity.first_name = user.first_name;
  identity.last_name = user.last_name;
  identity.email_verified = user.email_verified;
  identity.user_type = user.user_type;
  identity.role = user.role;
  return identity;
}

}  // namespace

Identity identity_of(const accounts::User& user) { return make(user, user.tenant, user.id); }

Identity identity_of(const accounts::UserGate& user, std::string_view tenant, std::string_view id) {
  return make(user, tenant, id);
}

}  // namespace gatehouse::auth
