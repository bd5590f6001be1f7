// SPDX-License-Identifier: Apache-2.0
#include "support/fake_vault.h"
#include "support/program.h"
#include "support/smtp_sink.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace gatehouse::test {
namespace {

using ::testing::HasSubstr;

// The whole of gatehouse-plugin-check on plugins whose other side is played here.
class BackendCheck : public ::testing::Test {
 protected:
  void expect_passes(const std::string& plugin, const std::string& settings) {
    const auto config = folder_.write("check.toml", "[config]\n" + settings + "\n[check]\neffort = 0.3\n");
    ProgramCall call;
    call.arguments = {GATEHOUSE_PLUGIN_CHECK, plugin, "--config", config.string()};
    call.environment = {{"TEST_SECRET", "canary-password"}};
    const auto result = run_program(call, std::chrono::seconds(240));
    EXPECT_EQ(result.code, 0) << result.out << result.err;
    EXPECT_THAT(result.out, ::testing::Not(HasSubstr("canary")));
  }
  std::string write(std::string_view name, std::string_view content) const {
    return folder_.write(name, content).string();
  }

  TempFolder folder_;
};

class KmsVaultCheck : public BackendCheck, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Macs, KmsVaultCheck, ::testing::Values("envelope", "transit"));

TEST_P(KmsVaultCheck, Passes) {
  FakeVault vault;
  vault.add_role("role-1", "canary-password");
  expect_passes(KMS_VAULT, "address = \"" + vault.url() + "\"\nca_file = \"" + write("ca.pem", vault.ca_pem()) +
                               "\"\nrole_id = \"role-1\"\nsecret_id = { env = \"TEST_SECRET\" }\nmacs = \"" +
                               GetParam() + "\"\n");
  EXPECT_THAT(vault.complaints(), ::testing::IsEmpty());
}

TEST_F(BackendCheck, MailSmtpPasses) {
  const SmtpSink sink;
  expect_passes(MAIL_SMTP, "host = \"127.0.0.1\"\nport = " + std::to_string(sink.address().port) + "\nca_file = \"" +
                               write("ca.pem", sink.ca_pem()) +
                               "\"\nusername = \"gatehouse\"\npassword = { env = \"TEST_SECRET\" }\n");
}

}  // namespace
}  // namespace gatehouse::test
