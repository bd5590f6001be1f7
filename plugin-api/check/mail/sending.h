// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calling.h"
#include "instance.h"

#include <gatehouse/mail_transport.h>

#include <chrono>
#include <string>

namespace gatehouse::check::mail {

// A mail that any transport takes; cases change one member of it.
struct Mail {
  std::string message_id;
  std::string from_address = "gatehouse@example.com";
  std::string from_name = "Gatehouse";
  std::string to_address = "check@example.com";
  std::string to_name = "Ada Lovelace";
  std::string subject = "A mail of gatehouse-plugin-check";
  std::string text = "Nothing needs to be done.\n";
  std::string html{};
};

struct Sent {
  gh_status status = GH_OK;
  std::string words;
};

// A started transport. Any thread.
class Transport {
 public:
  explicit Transport(Context& context);

  Sent send(const Mail& mail, std::chrono::nanoseconds timeout = std::chrono::seconds(30));
  // GH_OK, or the case fails; `what` says which mail it is.
  void must_take(const Mail& mail, std::string_view what);
  // GH_INVALID with an explanation, or the case fails.
  void must_refuse(const Mail& mail, std::string_view what);
  // A mail with an id no mail had before.
  Mail mail(std::string_view name) const;
  // How many files below the case's folder have the message id in their name or content: for transports that write
  // there, how often it was handed over; 0 for others.
  int files_of(const Mail& mail) const;

  const gh_mail_transport_v1& table() const noexcept { return table_; }
  gh_instance* self() const noexcept { return instance_.self(); }
  Context& context() noexcept { return context_; }

 private:
  Context& context_;
  Instance instance_;
  const gh_mail_transport_v1& table_;
};

gh_mail raw(const Mail& mail);

}  // namespace gatehouse::check::mail
