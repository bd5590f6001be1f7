// SPDX-License-Identifier: Apache-2.0
#include "unit/kms-vault/vault_fixture.h"

#include <atomic>
#include <latch>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::test {
namespace {

constexpr int threads = 8;

void at_once(const std::function<void(int)>& work) {
  std::latch ready(threads);
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      ready.arrive_and_wait();
      work(i);
    });
  }
  for (auto& thread : running) thread.join();
}

TEST_F(KmsVault, MacsAndSignaturesGoOnWhileTheKeysAreRotated) {
  host_.real_time = true;
  with_keys({{"check_interval", std::int64_t{100'000}}});
  const std::string first = kms_->mac("refresh", 1, "message").bytes;
  at_once([&](int thread) {
    for (int i = 0; i < 20; ++i) {
      if (thread == 0 && i % 5 == 0) {
        EXPECT_EQ(kms_->rotate("refresh").status, GH_OK);
      }
      EXPECT_EQ(kms_->mac("refresh", 1, "message").bytes, first);
      EXPECT_EQ(kms_->mac("refresh", 0, "message").status, GH_OK);
      EXPECT_EQ(kms_->sign("access", 0, "message").status, GH_OK);
    }
  });
  EXPECT_EQ(kms_->mac("refresh", 0, "message").version, 5u);
}

TEST_F(KmsVault, ManyRefusedTokensCostOneLogin) {
  vault_.add_role("role-1", "canary-secret");
  with_keys(app_role());
  vault_.revoke_tokens();
  let_the_token_age();
  at_once([&](int) { EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_OK); });
  EXPECT_EQ(vault_.requests("approle/login"), 2u);
}

// Forged tokens name versions that do not exist: they must not become as many requests.
TEST_F(KmsVault, ManyUnknownVersionsAreLookedUpTogether) {
  with_keys();
  const unsigned before = vault_.requests("GET transit/keys");
  at_once([&](int thread) {
    EXPECT_EQ(kms_->mac("refresh", 100 + static_cast<std::uint32_t>(thread), "message").status, GH_NOT_FOUND);
  });
  EXPECT_LE(vault_.requests("GET transit/keys") - before, static_cast<unsigned>(threads));
}

TEST_F(KmsVault, ConnectionsAreBounded) {
  with_keys({{"max_connections", std::int64_t{2}}, {"macs", std::string("transit")}});
  const std::size_t before = vault_.connections();
  at_once([&](int) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_OK);
  });
  EXPECT_LE(vault_.connections() - before, 2u);
}

TEST_F(KmsVault, WhoFindsAllConnectionsBusyGivesUpByTheDeadline) {
  with_keys(
      {{"max_connections", std::int64_t{1}}, {"macs", std::string("transit")}, {"timeout", std::int64_t{300'000}}});
  vault_.fail("transit/hmac", {FakeVault::Fault::Kind::Hang});
  at_once([&](int) { EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_TIMEOUT); });
}

}  // namespace
}  // namespace gatehouse::test
