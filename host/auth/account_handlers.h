// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/change_email.h"
#include "auth/change_password.h"
#include "auth/common_handlers.h"
#include "auth/delete_account.h"
#include "auth/even_answers.h"
#include "auth/limits.h"
#include "auth/reauthenticate.h"
#include "auth/update_profile.h"
#include "http/request.h"
#include "http/response.h"

namespace gatehouse::auth {

// What users do with their own account: PATCH and DELETE /auth/user, POST /auth/change-password, change-email and
// reauthenticate. All but the first and the last ask for a password shown in the last five minutes (spec T7). Any
// thread; what hashes in the hash lane.
class AccountHandlers {
 public:
  AccountHandlers(const UpdateProfile& update, const DeleteAccount& remove, const ChangePassword& change_password,
                  const ChangeEmail& change_email, const Reauthenticate& reauthenticate, const Limits& limits,
                  EvenAnswers answers, Random& random)
      : update_(update),
        remove_(remove),
        change_password_(change_password),
        change_email_(change_email),
        reauthenticate_(reauthenticate),
        limits_(limits),
        answers_(answers),
        random_(random) {}

  http::Response update(const http::Request& request) const;
  http::Response remove(const http::Request& request) const;
  http::Response change_password(const http::Request& request) const;
  http::Response change_email(const http::Request& request) const;
  http::Response reauthenticate(const http::Request& request) const;

 private:
  const UpdateProfile& update_;
  const DeleteAccount& remove_;
  const ChangePassword& change_password_;
  const ChangeEmail& change_email_;
  const Reauthenticate& reauthenticate_;
  const Limits& limits_;
  EvenAnswers answers_;
  Random& random_;
};

}  // namespace gatehouse::auth
