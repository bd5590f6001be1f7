// SPDX-License-Identifier: Apache-2.0
#include "address.h"
#include "mail-message/message.h"
#include "smtp_client.h"

#include <gatehouse/mail_transport.h>
#include <gatehouse/sdk/plugin.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::mail_smtp {
namespace {

using sdk::InvalidSetting;

constexpr sdk::Setting settings[] = {
    sdk::Setting::text("host", "The mail server: a host name or an address.").required(),
    sdk::Setting::integer("port", "Its port; without it 587 for starttls, 465 for tls and 25 for none."),
    sdk::Setting::text("tls",
                       "starttls (required, by the STARTTLS command), tls (from the first byte) or none (only to this "
                       "machine).")
        .by_default("starttls")
        .one_of("starttls,tls,none"),
    sdk::Setting::path("ca_file", "PEM file of the authorities that may vouch for it; without it, the system's."),
    sdk::Setting::text("username", "Who logs in, by AUTH PLAIN or AUTH LOGIN; without it, nobody does."),
    sdk::Setting::text("password", "The password for it.").secret(),
    sdk::Setting::text("helo_name", "How this machine introduces itself; without it, by its host name."),
    sdk::Setting::duration("connect_timeout", "How long it may take until the server is ready for a mail.")
        .by_default("5s"),
    sdk::Setting::duration("reply_timeout", "How long each reply may take; the deadline of a call bounds all.")
        .by_default("10s"),
};

bool made_of_host_characters(std::string_view text, std::string_view more) {
  return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           more.find(c) != std::string_view::npos;
  });
}

bool is_this_machine(std::string_view host) { return host == "localhost" || host == "127.0.0.1" || host == "::1"; }

Tls tls_of(std::string_view text) {
  if (text == "none") return Tls::None;
  return text == "tls" ? Tls::FromTheStart : Tls::StartTls;
}

std::uint16_t port_of(const sdk::Config& config, Tls tls) {
  if (!config.has("port")) return tls == Tls::StartTls ? 587 : tls == Tls::FromTheStart ? 465 : 25;
  const std::int64_t port = config.integer("port");
  if (port < 1 || port > 65535) throw InvalidSetting("port", "is not within 1 and 65535");
  return static_cast<std::uint16_t>(port);
}

std::chrono::milliseconds time_of(const sdk::Config& config, const char* key) {
  const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(config.duration(key));
  if (time < std::chrono::seconds(1) || time > std::chrono::minutes(10) || time.count() % 1000 != 0) {
    throw InvalidSetting(key, "is not a number of whole seconds within 1s and 10m");
  }
  return time;
}

void read_login(const sdk::Config& config, ServerOptions& options) {
  if (config.has("username") != config.has("password")) {
    throw InvalidSetting(config.has("username") ? "password" : "username", "username and password belong together");
  }
  options.username = config.text_or("username", {});
  options.password = config.text_or("password", {});
  if (!config.has("username")) return;
  const std::string_view breaks("\r\n\0", 3);
  if (options.username.empty() || options.username.find_first_of(breaks) != std::string::npos) {
    throw InvalidSetting("username", "is empty or holds a line break or a NUL");
  }
  if (options.password.empty() || options.password.find_first_of(breaks) != std::string::npos) {
    throw InvalidSetting("password", "is empty or holds a line break or a NUL");
  }
  if (options.tls == Tls::None) throw InvalidSetting("username", "no password is sent without TLS; set tls");
}

ServerOptions options_of(const sdk::Config& config) {
  ServerOptions options;
  options.host = config.text("host");
  if (!made_of_host_characters(options.host, ".-:")) {
    throw InvalidSetting("host", "is neither a host name nor an address; the port has a setting of its own");
  }
  options.tls = tls_of(config.text("tls"));
  if (options.tls == Tls::None && !is_this_machine(options.host)) {
    throw InvalidSetting("tls", "none is only for a mail server on this machine (localhost, 127.0.0.1, ::1)");
  }
  options.port = port_of(config, options.tls);
  if (config.has("ca_file")) {
    options.ca_file = config.text("ca_file");
    if (options.ca_file.empty() || options.ca_file.front() != '/') {
      throw InvalidSetting("ca_file", "is not the absolute path of a file");
    }
  }
  if (config.has("helo_name")) {
    options.helo_name = config.text("helo_name");
    if (!made_of_host_characters(options.helo_name, ".-")) throw InvalidSetting("helo_name", "is not a host name");
  }
  options.connect_timeout = time_of(config, "connect_timeout");
  options.reply_timeout = time_of(config, "reply_timeout");
  read_login(config, options);
  return options;
}

class Smtp final : public sdk::Plugin, public sdk::MailTransport {
 public:
  explicit Smtp(const sdk::Create& create)
      : host_(create.host),
        without_tls_(create.config.text("tls") == "none"),
        client_(options_of(create.config), create.host) {}

  sdk::Status start(const sdk::Call&) override {
    if (without_tls_) host_.warn("mails go to this machine's mail server without TLS");
    client_.open();
    return {};
  }

  sdk::Status send(const sdk::Call& call, const sdk::MailView& mail) override {
    try {
      mail_message::Mail parts = {mail.message_id(), mail.from_address(), mail.from_name(), mail.to_address(),
                                  mail.to_name(),    mail.subject(),      mail.text(),      mail.html()};
      mail_message::check(parts);
      const std::string from = wire_address("from_address", parts.from_address);
      const std::string to = wire_address("to_address", parts.to_address);
      parts.from_address = from;
      parts.to_address = to;
      const std::string message = mail_message::compose(parts, call.now_us());
      return client_.send({from, to, needs_smtputf8(from) || needs_smtputf8(to), message}, call.deadline_ns());
    } catch (const mail_message::InvalidMail& invalid) {
      return {GH_INVALID, invalid.what()};
    }
  }

  sdk::Status ping(const sdk::Call& call) override { return client_.ping(call.deadline_ns()); }

 private:
  const sdk::Host host_;
  const bool without_tls_;
  SmtpClient client_;
};

}  // namespace
}  // namespace gatehouse::mail_smtp

GATEHOUSE_PLUGIN(gatehouse::mail_smtp::Smtp,
                 gatehouse::sdk::about("mail-smtp", "1.0.0", "Apache-2.0", "Sends mails by SMTP over TLS.")
                     .with(gatehouse::mail_smtp::settings)
                     .at_most(16));
