// SPDX-License-Identifier: Apache-2.0
#include "mail-message/message.h"
#include "outbox_folder.h"

#include <gatehouse/mail_transport.h>
#include <gatehouse/sdk/plugin.hpp>

#include <string>
#include <string_view>

namespace gatehouse::mail_outbox {
namespace {

constexpr sdk::Setting settings[] = {
    sdk::Setting::path("folder", "The folder that gets one .eml file a mail.").by_default("outbox"),
};

std::string folder_of(const sdk::Config& config) {
  const std::string_view folder = config.text("folder");
  if (folder.empty() || folder.front() != '/') throw sdk::InvalidSetting("folder", "is not an absolute path");
  return std::string(folder);
}

class Outbox final : public sdk::Plugin, public sdk::MailTransport {
 public:
  explicit Outbox(const sdk::Create& create) : host_(create.host), folder_(folder_of(create.config)) {}

  sdk::Status start(const sdk::Call&) override {
    folder_.make();
    host_.info("mails are written to " + folder_.path() + "; nothing is delivered");
    return {};
  }

  sdk::Status send(const sdk::Call& call, const sdk::MailView& mail) override {
    if (host_.monotonic_ns() > call.deadline_ns()) {
      return {GH_TIMEOUT, "the deadline had passed before the mail came"};
    }
    const mail_message::Mail parts = {mail.message_id(), mail.from_address(), mail.from_name(), mail.to_address(),
                                      mail.to_name(),    mail.subject(),      mail.text(),      mail.html()};
    try {
      mail_message::check(parts);
    } catch (const mail_message::InvalidMail& invalid) {
      return {GH_INVALID, invalid.what()};
    }
    folder_.put(call, host_, parts.message_id, mail_message::compose(parts, call.now_us()));
    return {};
  }

  sdk::Status ping(const sdk::Call&) override {
    folder_.check();
    return {};
  }

 private:
  const sdk::Host host_;
  const OutboxFolder folder_;
};

}  // namespace
}  // namespace gatehouse::mail_outbox

GATEHOUSE_PLUGIN(gatehouse::mail_outbox::Outbox,
                 gatehouse::sdk::about("mail-outbox", "1.0.0", "Apache-2.0",
                                       "Writes mails into a folder instead of sending them, for development.")
                     .with(gatehouse::mail_outbox::settings));
