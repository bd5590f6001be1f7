// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/fake_vault.h"
#include "unit/kms-local/kms_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <string_view>

extern "C" const gh_plugin gatehouse_plugin_kms_vault;

namespace gatehouse::test {

// An instance of kms-vault on a Vault of the test, over TLS. The host's clock stands still until a test moves it.
class KmsVault : public ::testing::Test {
 protected:
  void TearDown() override {
    kms_.reset();
    EXPECT_THAT(vault_.complaints(), ::testing::IsEmpty());
    for (const std::uint32_t level : {GH_LOG_DEBUG, GH_LOG_INFO, GH_LOG_WARN, GH_LOG_ERROR}) {
      for (const std::string& line : host_.lines(level)) EXPECT_THAT(line, no_secret());
    }
  }

  static ::testing::Matcher<std::string> no_secret() {
    using ::testing::HasSubstr;
    using ::testing::Not;
    return ::testing::AllOf(Not(HasSubstr("hvs.")), Not(HasSubstr("canary")));
  }

  Settings settings(const Settings& changed = {}) {
    if (ca_file_.empty()) {
      ca_file_ = (folder_.path() / "ca.pem").string();
      std::ofstream(ca_file_) << vault_.ca_pem();
    }
    Settings all = {{"address", vault_.url()},
                    {"ca_file", ca_file_},
                    {"token", std::string("hvs.canary")},
                    {"approle_mount", std::string("approle")},
                    {"transit_mount", std::string("transit")},
                    {"key_prefix", std::string("gatehouse-")},
                    {"create", true},
                    {"rsa_bits", std::int64_t{3072}},
                    {"macs", std::string("envelope")},
                    {"envelope_max_age", std::int64_t{3'600'000'000}},
                    {"check_interval", std::int64_t{10'000'000}},
                    {"max_connections", std::int64_t{8}},
                    {"connect_timeout", std::int64_t{5'000'000}},
                    {"timeout", std::int64_t{10'000'000}}};
    for (const auto& [key, value] : changed) {
      std::erase_if(all, [&key = key](const auto& old) { return old.first == key; });
      if (value != SettingValue(std::string("(none)"))) all.emplace_back(key, value);
    }
    return all;
  }
  static Settings app_role() {
    return {{"token", std::string("(none)")},
            {"role_id", std::string("role-1")},
            {"secret_id", std::string("canary-secret")}};
  }

  // Started, with the keys a server needs.
  KmsClient& started(const Settings& changed = {}) {
    kms_ = std::make_unique<KmsClient>(gatehouse_plugin_kms_vault, host_, settings(changed));
    const Answer answer = kms_->start();
    EXPECT_EQ(answer.status, GH_OK) << answer.explanation;
    return *kms_;
  }
  KmsClient& with_keys(const Settings& changed = {}) {
    KmsClient& kms = started(changed);
    EXPECT_EQ(kms.ensure("refresh", GH_ALG_HMAC_SHA256).status, GH_OK);
    EXPECT_EQ(kms.ensure("access", GH_ALG_ES256).status, GH_OK);
    return kms;
  }
  // What start() says with these settings.
  Answer start_with(const Settings& changed) {
    kms_ = std::make_unique<KmsClient>(gatehouse_plugin_kms_vault, host_, settings(changed));
    return kms_->start();
  }
  // Longer than a token that is refused counts as young.
  void let_the_token_age() { host_.monotonic_ns += 6'000'000'000; }

  void SetUp() override { vault_.add_token("hvs.canary"); }

  TempFolder folder_;
  FakeHost host_;
  FakeVault vault_;
  std::string ca_file_;
  std::unique_ptr<KmsClient> kms_;
};

inline const Settings transit_macs = {{"macs", std::string("transit")}};

}  // namespace gatehouse::test
