// SPDX-License-Identifier: Apache-2.0
#include "providers/mailer.h"

#include "plugins/instance.h"
#include "providers/slices.h"

#include <gatehouse/mail_transport.h>

namespace gatehouse::providers {
namespace {

using plugins::Entered;
using plugins::Timing;

const gh_mail_transport_v1& table_of(const Entered& in) { return *static_cast<const gh_mail_transport_v1*>(in.table); }

}  // namespace

Mailer::Mailer(plugins::Instance& instance)
    : instance_(instance),
      send_(instance.operation(GH_MAIL_TRANSPORT_V1, "send", Timing::EveryCall)),
      ping_(instance.operation(GH_MAIL_TRANSPORT_V1, "ping", Timing::EveryCall)) {}

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
  bool never = false;
  auto body = [&](const Entered& in) {
    const auto answered = table_of(in).send(in.self, &in.call, &c_mail);
    never = answered == GH_INVALID;
    return answered;
  };
  const auto status = instance_.enter(send_, call, {}, nullptr, body);
  if (status) return {};
  if (never) return Error{Code::ValidationFailed, status.error().detail};
  return status.error();
}

Result<void> Mailer::ping(const Call& call) {
  auto body = [](const Entered& in) { return table_of(in).ping(in.self, &in.call); };
  const auto status = instance_.enter(ping_, call, {}, nullptr, body);
  if (!status) return status.error();
  return {};
}

}  // namespace gatehouse::providers
