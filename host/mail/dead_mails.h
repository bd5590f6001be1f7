// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "mail/mail_job.h"
#include "providers/storage.h"

#include <cstdint>
#include <functional>

namespace gatehouse::mail {

// The mails that were given up, for the operator who has mended what kept them. They stay until they expire. One
// thread; servers may deliver from the same store meanwhile.
class DeadMails {
 public:
  // The storage outlives it.
  DeadMails(providers::Storage& storage, providers::KindId kind) : storage_(storage), kind_(kind) {}

  // Every dead mail of the call's tenant, the one given up first before the others.
  Result<void> each(const Call& call, const std::function<void(const MailJob&)>& visit);

  enum class Revived : std::uint8_t {
    Yes,      // due now, with all its attempts before it
    Useless,  // its link has run out: left as it is
    Changed   // somebody else has changed it meanwhile
  };
  Result<Revived> revive(MailJob job, const Call& call);

 private:
  providers::Storage& storage_;
  providers::KindId kind_;
};

}  // namespace gatehouse::mail
