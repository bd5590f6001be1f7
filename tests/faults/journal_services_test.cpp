// SPDX-License-Identifier: Apache-2.0
#include "site.h"
#include "support/fake_vault.h"
#include "support/postgres_server.h"
#include "support/smtp_sink.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>

// As journal_postgres_test.cpp, with keys in Vault and mails that go by SMTP.
namespace gatehouse::test {
namespace {

using std::chrono::seconds;
using Readiness = Fault::Readiness;

SiteOptions options_of(const FakeVault& vault, const SmtpSink& sink, const TempFolder& folder) {
  const auto vault_ca = folder.write("vault.pem", vault.ca_pem()).string();
  const auto sink_ca = folder.write("sink.pem", sink.ca_pem()).string();
  SiteOptions options;
  options.settings = {{"keys.provider", "\"vault\""}, {"mail.deliver_via", "[\"smtp\"]"}};
  options.more =
      "\n[[plugin]]\nname = \"vault\"\nlibrary = \"kms-vault\"\ncall_timeout = \"1s\"\n[plugin.config]\naddress = \"" +
      vault.url() + "\"\nca_file = \"" + vault_ca +
      "\"\nrole_id = \"role-1\"\nsecret_id = { env = \"TEST_SECRET_ID\" }\n"
      "\n[[plugin]]\nname = \"smtp\"\nlibrary = \"mail-smtp\"\n[plugin.config]\nhost = \"127.0.0.1\"\nport = " +
      std::to_string(sink.address().port) + "\nca_file = \"" + sink_ca +
      "\"\nusername = \"gatehouse\"\npassword = { env = \"TEST_PASSWORD\" }\n";
  options.environment = {{"TEST_SECRET_ID", "a-secret"}, {"TEST_PASSWORD", "canary-password"}};
  return options;
}

struct Shared {
  Shared() { vault.add_role("role-1", "a-secret"); }

  PostgresServer postgres;
  FakeVault vault;
  SmtpSink sink;
  TempFolder folder;
  std::unique_ptr<Site> site;
};

class JournalServices : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    shared_ = std::make_unique<Shared>();
    shared_->site =
        std::make_unique<Site>(shared_->postgres, options_of(shared_->vault, shared_->sink, shared_->folder));
  }
  static void TearDownTestSuite() {
    if (shared_->site) shared_->site->stop();
    shared_.reset();
  }

  static Site& site() { return *shared_->site; }
  static FakeVault& vault() { return shared_->vault; }
  static SmtpSink& sink() { return shared_->sink; }
  static seconds hang() { return seconds(figure("GATEHOUSE_TEST_STOP_SECONDS", 2)); }

 private:
  static std::unique_ptr<Shared> shared_;
};

std::unique_ptr<Shared> JournalServices::shared_;

// Before the test that leaves a fault behind: what that costs may last a moment longer than its load.
TEST_F(JournalServices, DoesNotEvenNoticeThatTheMailServerHangs) {
  const auto history = site().under_load({}, [](Load& load) {
    ASSERT_TRUE(sink().wait_for_mails(1));
    load.fault(Readiness::Stays, [&] {
      sink().hang(SmtpSink::Step::Greeting);
      load.hold(hang());
      sink().heal();
      sink().down();
      sink().up();
      const auto before = sink().mails().size();
      EXPECT_TRUE(sink().wait_for_mails(before + 1)) << "mails do not go on";
    });
  });
  for (const auto& act : history.acts) {
    EXPECT_FALSE(unanswered(act)) << name_of(act.deed) << " by " << act.user << " got " << act.status << ' ' << act.code
                                  << " after " << std::chrono::duration<double>(act.ended - act.begun).count() << " s";
  }
}

TEST_F(JournalServices, HoldsWhileVaultHangs) {
  site().under_load({}, [](Load& load) {
    load.fault(Readiness::Falls, [&] {
      vault().fail("", {.kind = FakeVault::Fault::Kind::Hang});
      load.hold(hang());
      vault().heal();
    });
  });
}

}  // namespace
}  // namespace gatehouse::test
