// SPDX-License-Identifier: Apache-2.0
#include "unit/kms-vault/vault_fixture.h"

#include <string>

namespace gatehouse::test {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class KmsVaultTls : public KmsVault {
 protected:
  // Start on another Vault, trusting `authority`.
  Answer start_on(FakeVault& vault, const std::string& authority, const std::string& address) {
    vault.add_token("hvs.canary");
    const std::string file = (folder_.path() / "authority.pem").string();
    std::ofstream(file) << authority;
    return start_with({{"address", address}, {"ca_file", file}, {"connect_timeout", std::int64_t{500'000}}});
  }
};

TEST_F(KmsVaultTls, ACertificateOfAnotherAuthorityIsRefused) {
  FakeVault vault;
  const Answer answer = start_on(vault, vault_.ca_pem(), vault.url());
  EXPECT_EQ(answer.status, GH_UNAVAILABLE);
  EXPECT_THAT(answer.explanation, HasSubstr("ca_file"));
  EXPECT_EQ(vault.requests(""), 0u);
}

TEST_F(KmsVaultTls, ACertificateForAnotherNameIsRefused) {
  FakeVaultOptions options;
  options.name = "vault.example";
  FakeVault vault(options);
  const Answer answer = start_on(vault, vault.ca_pem(), vault.url());
  EXPECT_EQ(answer.status, GH_UNAVAILABLE);
  EXPECT_THAT(answer.explanation, HasSubstr("name"));
  EXPECT_EQ(vault.requests(""), 0u);
}

TEST_F(KmsVaultTls, ACertificateThatHasEndedIsRefused) {
  FakeVaultOptions options;
  options.certificate_ends = std::chrono::seconds(-60);
  FakeVault vault(options);
  const Answer answer = start_on(vault, vault.ca_pem(), vault.url());
  EXPECT_EQ(answer.status, GH_UNAVAILABLE);
  EXPECT_THAT(answer.explanation, HasSubstr("expired"));
  EXPECT_EQ(vault.requests(""), 0u);
}

// The system's authorities do not know the test's.
TEST_F(KmsVaultTls, WithoutCaFileTheSystemsAuthoritiesDecide) {
  EXPECT_EQ(start_with({{"ca_file", std::string("(none)")}}).status, GH_UNAVAILABLE);
  EXPECT_EQ(vault_.requests(""), 0u);
}

TEST_F(KmsVaultTls, ACaFileThatIsNotThereIsNamed) {
  const Answer answer = start_with({{"ca_file", std::string("/nowhere/ca.pem")}});
  EXPECT_EQ(answer.status, GH_UNAVAILABLE);
  EXPECT_THAT(answer.explanation, HasSubstr("/nowhere/ca.pem"));
}

TEST_F(KmsVaultTls, AServerWithoutTlsGetsNoToken) {
  FakeVaultOptions options;
  options.tls = false;
  FakeVault vault(options);
  std::string address = vault.url();
  address.replace(0, 4, "https");
  EXPECT_EQ(start_on(vault, vault.ca_pem(), address).status, GH_TIMEOUT);
  EXPECT_EQ(vault.requests(""), 0u);
}

TEST_F(KmsVaultTls, WithoutTlsOnThisMachineItIsSaidLoudly) {
  FakeVaultOptions options;
  options.tls = false;
  FakeVault vault(options);
  EXPECT_EQ(start_on(vault, vault.ca_pem(), vault.url()).status, GH_OK);
  EXPECT_THAT(host_.lines(GH_LOG_WARN), Contains(HasSubstr("without TLS")));
}

}  // namespace
}  // namespace gatehouse::test
