// SPDX-License-Identifier: Apache-2.0
// One file, several users of it: servers and the operator's tool.
#include "unit/kms-local/kms_fixture.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <set>
#include <string>

namespace gatehouse::test {
namespace {

using ::testing::SizeIs;

class KmsReload : public KmsLocal {};

TEST_F(KmsReload, ARunningServerKnowsANewVersionAsSoonAsItIsAskedForIt) {
  auto server = started();
  server->ensure("refresh", GH_ALG_HMAC_SHA256);
  auto tool = started();
  tool->rotate("refresh");
  const Answer mac = tool->mac("refresh", 2, "m");
  EXPECT_EQ(server->mac("refresh", 2, "m").bytes, mac.bytes);
}

TEST_F(KmsReload, ARunningServerSignsWithANewVersionASecondLater) {
  auto server = started();
  server->ensure("refresh", GH_ALG_HMAC_SHA256);
  EXPECT_EQ(server->mac("refresh", 0, "m").version, 1u);
  started()->rotate("refresh");
  server->now_us += second;
  EXPECT_EQ(server->mac("refresh", 0, "m").version, 2u);
}

TEST_F(KmsReload, AClockThatWasSetBackDoesNotHideANewVersion) {
  auto server = started();
  server->ensure("refresh", GH_ALG_HMAC_SHA256);
  server->now_us += 1000 * second;
  EXPECT_EQ(server->mac("refresh", 0, "m").version, 1u);
  started()->rotate("refresh");
  server->now_us -= 900 * second;
  EXPECT_EQ(server->mac("refresh", 0, "m").version, 2u);
}

TEST_F(KmsReload, ExtremeTimesAreNoTrouble) {
  auto kms = started();
  kms->ensure("refresh", GH_ALG_HMAC_SHA256);
  for (const std::int64_t now : {INT64_MAX, INT64_MIN, std::int64_t{0}, INT64_MAX, std::int64_t{-1}}) {
    kms->now_us = now;
    EXPECT_EQ(kms->mac("refresh", 0, "m").status, GH_OK);
  }
}

TEST_F(KmsReload, AKeyRetiredInTheFileStopsVerifyingInTheRunningServer) {
  const std::string second_key = "refresh 2 HMAC-SHA256 current 2026-08-03T10:11:12Z " + std::string(some_secret);
  write(keyring({"refresh 1 HMAC-SHA256 active 2026-08-02T10:11:12Z " + std::string(some_secret), second_key}));
  auto server = started();
  EXPECT_EQ(server->mac("refresh", 1, "m").status, GH_OK);
  replace(keyring({"refresh 1 HMAC-SHA256 retired 2026-08-02T10:11:12Z " + std::string(some_secret), second_key}));
  server->now_us += second;
  EXPECT_EQ(server->mac("refresh", 1, "m").status, GH_NOT_FOUND);
}

TEST_F(KmsReload, TwoProcessesRotatingAtOnceLoseNoVersion) {
  constexpr int each = 25;
  started()->ensure("refresh", GH_ALG_HMAC_SHA256);
  const auto rotate_some = [&](std::uint64_t random_state) {
    FakeHost host;
    host.random_state = random_state;
    KmsClient kms(gatehouse_plugin_kms_local, host, settings());
    bool fine = kms.start().status == GH_OK;
    for (int i = 0; i < each; ++i) fine = kms.rotate("refresh").status == GH_OK && fine;
    return fine;
  };
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(rotate_some(1000) ? 0 : 1);
  EXPECT_TRUE(rotate_some(2000));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);

  auto kms = started();
  const auto keys = kms->keys("refresh").second;
  ASSERT_THAT(keys, SizeIs(1 + 2 * each));
  std::set<std::string> macs;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(keys[i].version, i + 1);
    EXPECT_EQ(keys[i].state, i + 1 == keys.size() ? GH_KEY_CURRENT : GH_KEY_ACTIVE);
    macs.insert(kms->mac("refresh", keys[i].version, "m").bytes);
  }
  EXPECT_THAT(macs, SizeIs(keys.size()));
}

TEST_F(KmsReload, TwoProcessesThatStartAtOnceUseTheSameFirstKey) {
  auto one = started();
  auto other = started();
  EXPECT_EQ(one->ensure("refresh", GH_ALG_HMAC_SHA256).status, GH_OK);
  EXPECT_EQ(other->ensure("refresh", GH_ALG_HMAC_SHA256).status, GH_OK);
  EXPECT_EQ(one->mac("refresh", 0, "m").bytes, other->mac("refresh", 0, "m").bytes);
  EXPECT_EQ(other->states("refresh"), "1 current");
}

}  // namespace
}  // namespace gatehouse::test
