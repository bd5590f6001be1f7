// SPDX-License-Identifier: Apache-2.0
#include "unit/kms-vault/vault_fixture.h"

#include <stdexcept>
#include <string>

namespace gatehouse::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Wrong {
  const char* name;
  const char* key;
  SettingValue value;
  const char* words;
};

class KmsVaultSettings : public KmsVault, public ::testing::WithParamInterface<Wrong> {};

INSTANTIATE_TEST_SUITE_P(
    Wrong, KmsVaultSettings,
    ::testing::Values(Wrong{"no_scheme", "address", std::string("vault.example:8200"), "https://"},
                      Wrong{"another_scheme", "address", std::string("ftp://vault.example"), "https://"},
                      Wrong{"no_tls_elsewhere", "address", std::string("http://vault.example:8200"), "TLS"},
                      Wrong{"no_tls_to_a_lookalike", "address", std::string("http://127.0.0.1.example"), "TLS"},
                      Wrong{"a_user", "address", std::string("https://user@vault.example"), "nothing behind"},
                      Wrong{"a_path", "address", std::string("https://vault.example/v1"), "nothing behind"},
                      Wrong{"no_host", "address", std::string("https://:8200"), "nothing behind"},
                      Wrong{"no_port", "address", std::string("https://vault.example:x"), "port"},
                      Wrong{"port_0", "address", std::string("https://vault.example:0"), "port"},
                      Wrong{"two_logins", "token_file", std::string("/run/token"), "exactly one"},
                      Wrong{"no_login", "token", std::string("(none)"), "exactly one"},
                      Wrong{"half_a_role", "secret_id", std::string("x"), "belong together"},
                      Wrong{"a_token_with_a_line", "token", std::string("hvs.canary\nX: y"), "printable"},
                      Wrong{"an_empty_token", "token", std::string(), "empty"},
                      Wrong{"a_mount_upwards", "transit_mount", std::string("transit/../sys"), "name of Vault"},
                      Wrong{"a_mount_with_a_query", "transit_mount", std::string("transit?x"), "name of Vault"},
                      Wrong{"a_prefix_with_a_slash", "key_prefix", std::string("a/b"), "name of Vault"},
                      Wrong{"a_namespace_with_a_line", "namespace", std::string("a\r\nX: y"), "name of Vault"},
                      Wrong{"a_relative_file", "ca_file", std::string("ca.pem"), "absolute"},
                      Wrong{"short_rsa", "rsa_bits", std::int64_t{2048}, "3072"},
                      Wrong{"no_connections", "max_connections", std::int64_t{0}, "256"},
                      Wrong{"no_time", "timeout", std::int64_t{0}, "10ms"},
                      Wrong{"no_age", "envelope_max_age", std::int64_t{0}, "1s"},
                      Wrong{"no_interval", "check_interval", std::int64_t{0}, "100ms"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_P(KmsVaultSettings, AreRefusedInWords) {
  const Wrong& wrong = GetParam();
  try {
    PluginInstance(gatehouse_plugin_kms_vault, host_, settings({{wrong.key, wrong.value}}), GH_CREATE_VALIDATE_ONLY);
    ADD_FAILURE() << "was taken";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr(wrong.words));
    EXPECT_THAT(error.what(), no_secret());
  }
}

TEST_F(KmsVault, ValidationAsksNobody) {
  PluginInstance(gatehouse_plugin_kms_vault, host_, settings(), GH_CREATE_VALIDATE_ONLY);
  EXPECT_EQ(vault_.connections(), 0u);
}

TEST_F(KmsVault, AnAddressMayBeANumberOfVersionSix) {
  PluginInstance(gatehouse_plugin_kms_vault, host_, settings({{"address", std::string("https://[2001:db8::1]:8200/")}}),
                 GH_CREATE_VALIDATE_ONLY);
}

}  // namespace
}  // namespace gatehouse::test
