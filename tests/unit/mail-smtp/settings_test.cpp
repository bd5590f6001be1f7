// SPDX-License-Identifier: Apache-2.0
#include "unit/mail-smtp/smtp_fixture.h"

#include <stdexcept>
#include <string>

namespace gatehouse::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Wrong {
  const char* name;
  const char* key;
  SettingValue value;
  const char* words;
};

class MailSmtpSettings : public MailSmtp, public ::testing::WithParamInterface<Wrong> {};
INSTANTIATE_TEST_SUITE_P(
    Wrong, MailSmtpSettings,
    ::testing::Values(Wrong{"host_with_port", "host", std::string("mail.example/25"), "host name"},
                      Wrong{"host_empty", "host", std::string(), "host name"},
                      Wrong{"host_with_line", "host", std::string("a\r\nb"), "host name"},
                      Wrong{"port_0", "port", std::int64_t{0}, "65535"},
                      Wrong{"none_with_login", "tls", std::string("none"), "without TLS"},
                      Wrong{"password_alone", "username", std::string("(none)"), "belong together"},
                      Wrong{"username_alone", "password", std::string("(none)"), "belong together"},
                      Wrong{"password_with_line", "password", std::string("canary\r\nRSET"), "line break"},
                      Wrong{"helo_with_line", "helo_name", std::string("a\r\nRSET"), "host name"},
                      Wrong{"relative_ca", "ca_file", std::string("ca.pem"), "absolute"},
                      Wrong{"half_a_second", "reply_timeout", std::int64_t{500'000}, "whole seconds"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_P(MailSmtpSettings, AreRefusedInWords) {
  const SmtpSink sink;
  try {
    PluginInstance(gatehouse_plugin_mail_smtp, host_, settings(sink, {{GetParam().key, GetParam().value}}),
                   GH_CREATE_VALIDATE_ONLY);
    ADD_FAILURE() << "was taken";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr(GetParam().words));
    EXPECT_THAT(error.what(), Not(HasSubstr("canary")));
  }
}

TEST_F(MailSmtp, WithoutTlsNoOtherMachineIsTaken) {
  const SmtpSink sink;
  Settings changed = without_login();
  changed.emplace_back("tls", std::string("none"));
  changed.emplace_back("host", std::string("mail.example"));
  EXPECT_THROW(PluginInstance(gatehouse_plugin_mail_smtp, host_, settings(sink, changed), GH_CREATE_VALIDATE_ONLY),
               std::runtime_error);
}

}  // namespace
}  // namespace gatehouse::test
