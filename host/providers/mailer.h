// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"

#include <string>

namespace gatehouse::plugins {
class Instance;
class Operation;
}  // namespace gatehouse::plugins

namespace gatehouse::providers {

struct Mail {
  std::string message_id;  // without angle brackets; the same for every retry
  std::string from_address;
  std::string from_name;
  std::string to_address;
  std::string to_name;
  std::string subject;
  std::string text;
  std::string html;
};

// Hands mail to a mail_transport plugin. Any thread.
// Errors: ProviderUnavailable (try later), InDoubt (send again with the same id), ValidationFailed (will never be
// taken), Internal.
class Mailer {
 public:
  // The instance is assigned gatehouse.mail_transport/1 and outlives this. Throws plugins::LoadError otherwise.
  explicit Mailer(plugins::Instance& instance);
  Result<void> send(const Mail& mail, const Call& call);
  Result<void> ping(const Call& call);

 private:
  plugins::Instance& instance_;
  const plugins::Operation& send_;
  const plugins::Operation& ping_;
};

}  // namespace gatehouse::providers
