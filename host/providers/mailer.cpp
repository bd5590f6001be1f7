// SPDX-License-Identifier: Apache-2.0
#include "providers/mailer.h"

#include "plugins/instance.h"
#include "providers/slices.h"

#include <gatehouse/mail_transport.h>

namespace gatehouse::providers {
namespace {

const gh_mail_transport_v1& table_of(const void* table) { return *static_cast<const gh_mail_transport_v1*>(table); }

}  // namespace

Mailer::Mailer(plugins::Instance& instance) : instance_(instance) {}

Result<void> Mailer::send(const Mail& mail, const Call& call) {
  gh_mail c_mail{};
  c_mail.struct_size = sizeof(c_mail);
  c_mail.message_id = slice(mail.message_id);
  c_mail.from_address = slice(mail.from_address);
  c_mail.from_name = slice(mail.from_name);
  c_mail.to_address = slice(mail.to_address);
  c_mail.to_name = slice(mail.to_name);
  c_mail.subject = slice(mail.subject);
  c_mail.text = slice(mail.text);
  c_mail.html = slice(mail.html);
  const auto status = instance_.enter(GH_MAIL_TRANSPORT_V1, "send", call, {GH_OK, GH_INVALID},
                                      [&](const void* table, gh_instance* self, const gh_call& gh) {
                                        return table_of(table).send(self, &gh, &c_mail);
                                      });
  if (!status) return status.error();
  if (*status == GH_INVALID) return Error{Code::ValidationFailed, "the mail will never be taken"};
  return {};
}

Result<void> Mailer::ping(const Call& call) {
  const auto status = instance_.enter(
      GH_MAIL_TRANSPORT_V1, "ping", call, {GH_OK},
      [](const void* table, gh_instance* self, const gh_call& gh) { return table_of(table).ping(self, &gh); });
  if (!status) return status.error();
  return {};
}

}  // namespace gatehouse::providers
