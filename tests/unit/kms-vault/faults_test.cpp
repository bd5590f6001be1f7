// SPDX-License-Identifier: Apache-2.0
#include "unit/kms-vault/vault_fixture.h"

#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

using ::testing::HasSubstr;
using Fault = FakeVault::Fault;

const Settings short_timeout = {{"timeout", std::int64_t{200'000}}, {"macs", std::string("transit")}};

struct Row {
  int status;
  gh_status expected;
  const char* words;
  gh_status rotating;  // where the request would have changed something
};

// The table of README.md.
class KmsVaultStatus : public KmsVault, public ::testing::WithParamInterface<Row> {};
INSTANTIATE_TEST_SUITE_P(
    Rows, KmsVaultStatus,
    ::testing::Values(
        Row{307, GH_UNAVAILABLE, "redirect", GH_UNAVAILABLE}, Row{400, GH_DENIED, "said the test", GH_DENIED},
        Row{403, GH_DENIED, "policy", GH_DENIED}, Row{404, GH_UNAVAILABLE, "mount", GH_UNAVAILABLE},
        Row{412, GH_UNAVAILABLE, "behind", GH_UNAVAILABLE}, Row{429, GH_UNAVAILABLE, "quota", GH_UNAVAILABLE},
        Row{472, GH_UNAVAILABLE, "secondary", GH_UNAVAILABLE}, Row{473, GH_UNAVAILABLE, "standby", GH_UNAVAILABLE},
        Row{500, GH_UNAVAILABLE, "500", GH_IN_DOUBT}, Row{501, GH_UNAVAILABLE, "not initialised", GH_UNAVAILABLE},
        Row{502, GH_UNAVAILABLE, "502", GH_IN_DOUBT}, Row{503, GH_UNAVAILABLE, "sealed", GH_UNAVAILABLE},
        Row{418, GH_UNAVAILABLE, "418", GH_UNAVAILABLE}),
    [](const auto& row) { return std::to_string(row.param.status); });

TEST_P(KmsVaultStatus, OfASignature) {
  with_keys();
  vault_.answer("transit/sign", GetParam().status);
  const Answer answer = kms_->sign("access", 1, "message");
  EXPECT_EQ(answer.status, GetParam().expected);
  EXPECT_THAT(answer.explanation, HasSubstr(GetParam().words));
  EXPECT_EQ(answer.bytes, "");
}

TEST_P(KmsVaultStatus, OfAMac) {
  with_keys(transit_macs);
  vault_.answer("transit/hmac", GetParam().status);
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GetParam().expected);
}

TEST_P(KmsVaultStatus, OfAList) {
  with_keys();
  vault_.answer("transit/keys", GetParam().status);
  EXPECT_EQ(kms_->keys("access").first, GetParam().expected);
}

TEST_P(KmsVaultStatus, OfARotation) {
  with_keys();
  vault_.answer("/rotate", GetParam().status);
  EXPECT_EQ(kms_->rotate("access").status, GetParam().rotating);
}

TEST_P(KmsVaultStatus, OfAPing) {
  with_keys();
  vault_.answer("lookup-self", GetParam().status);
  EXPECT_EQ(kms_->ping().status, GetParam().expected);
}

TEST_P(KmsVaultStatus, IsOverWhenVaultIsWellAgain) {
  with_keys(transit_macs);
  vault_.answer("", GetParam().status, R"({"errors":["said the test"]})", 1);
  (void)kms_->mac("refresh", 1, "message");
  vault_.heal();
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_OK);
}

// What a load balancer answers while it has lost Vault, and what else is not Vault's {"errors":[]}.
class KmsVaultForeign404 : public KmsVault, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Bodies, KmsVaultForeign404,
                         ::testing::Values("<html><body><h1>404 Not Found</h1></body></html>", "404 page not found\n",
                                           "", "[]", "{}", R"({"errors":null})", R"({"errors":{}})",
                                           R"({"errors":[1]})", R"({"error":"not found"})", R"({"errors":[])"));

TEST_P(KmsVaultForeign404, DropsNoKey) {
  with_keys();
  vault_.answer("transit/keys", 404, GetParam());
  EXPECT_EQ(kms_->keys("refresh").first, GH_UNAVAILABLE);
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_OK);
  EXPECT_EQ(kms_->mac("refresh", 2, "message").status, GH_UNAVAILABLE) << "it may be there";
}

TEST_P(KmsVaultForeign404, MakesNothingInvalidThatVaultWouldBeAskedFor) {
  with_keys(transit_macs);
  vault_.answer("transit/", 404, GetParam());
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_UNAVAILABLE);
  const Answer signature = kms_->sign("access", 1, "message");
  EXPECT_EQ(signature.status, GH_UNAVAILABLE);
  EXPECT_THAT(signature.explanation, HasSubstr("404"));
}

// Envelope keys are in memory; what needs Vault says so.
TEST_F(KmsVault, ASealedVaultStopsSignaturesAndNotEnvelopeMacs) {
  with_keys();
  vault_.answer("", 503, R"({"errors":["Vault is sealed"]})");
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_UNAVAILABLE);
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_OK);
}

TEST_F(KmsVault, EnvelopeKeysServeNoLongerThanTheyMay) {
  with_keys({{"envelope_max_age", std::int64_t{60'000'000}}});
  vault_.answer("", 503, R"({"errors":["Vault is sealed"]})");
  host_.monotonic_ns += 59'000'000'000;
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_OK);
  host_.monotonic_ns += 2'000'000'000;
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_UNAVAILABLE);
  vault_.heal();
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_OK);
}

TEST_F(KmsVault, AnUnknownVersionWithVaultDownIsUnknownAndNotWrong) {
  with_keys();
  vault_.down();
  EXPECT_EQ(kms_->mac("refresh", 2, "message").status, GH_UNAVAILABLE);
}

TEST_F(KmsVault, AVaultThatIsDownIsUnavailableAndAVaultThatIsBackServes) {
  with_keys(transit_macs);
  vault_.down();
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_UNAVAILABLE);
  EXPECT_EQ(kms_->ping().status, GH_UNAVAILABLE);
  vault_.up();
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_OK);
  EXPECT_EQ(kms_->ping().status, GH_OK);
}

TEST_F(KmsVault, AKeptConnectionThatWasCutIsMadeAnew) {
  with_keys();
  vault_.cut_connections();
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_OK);
}

TEST_F(KmsVault, ASlowAnswerIsATimeout) {
  with_keys(short_timeout);
  vault_.fail("transit/hmac", {Fault::Kind::Hang});
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_TIMEOUT);
}

TEST_F(KmsVault, HalfAnAnswerIsATimeout) {
  with_keys(short_timeout);
  vault_.fail("transit/hmac", {Fault::Kind::Drip});
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_TIMEOUT);
}

TEST_F(KmsVault, TheDeadlineOfTheCallEndsIt) {
  with_keys(transit_macs);
  vault_.fail("transit/hmac", {Fault::Kind::Hang});
  kms_->deadline_ns = host_.monotonic_ns + 100'000'000;
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_TIMEOUT);
}

TEST_F(KmsVault, ACallWithoutTimeLeftAsksNobody) {
  with_keys(transit_macs);
  const unsigned before = vault_.requests("");
  kms_->deadline_ns = host_.monotonic_ns - 1;
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_TIMEOUT);
  EXPECT_EQ(vault_.requests(""), before);
}

TEST_F(KmsVault, ALostAnswerToASignatureIsUnavailable) {
  with_keys();
  vault_.fail("transit/sign", {Fault::Kind::Cut});
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_UNAVAILABLE);
}

TEST_F(KmsVault, ALostAnswerToARotationIsInDoubt) {
  with_keys();
  vault_.fail("/rotate", {Fault::Kind::Cut, 0, "", true}, 1);
  EXPECT_EQ(kms_->rotate("access").status, GH_IN_DOUBT);
  EXPECT_EQ(kms_->states("access"), "1 active, 2 current");
}

// The library repeats a request when a kept connection turns out to be dead; a rotation must not happen twice.
TEST_F(KmsVault, ARotationIsNeverRepeated) {
  with_keys();
  vault_.fail("/rotate", {Fault::Kind::Cut, 0, "", true}, 1);
  (void)kms_->rotate("access");
  EXPECT_EQ(vault_.requests("/rotate"), 1u);
}

class KmsVaultNonsense : public KmsVault, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(
    Bodies, KmsVaultNonsense,
    ::testing::Values(
        "", "null", "[]", "{", "<html>", R"({"data":null})", R"({"data":{}})", R"({"data":"text"})",
        R"({"data":{"hmac":7,"signature":7}})", R"({"data":{"hmac":"","signature":""}})",
        R"({"data":{"hmac":"vault:v1:","signature":"vault:v1:"}})",
        R"({"data":{"hmac":"vault:v1:QUJD","signature":"vault:v1:QUJD"}})",
        R"({"data":{"hmac":"vault:v0:QUJD","signature":"vault:v0:QUJD"}})",
        R"({"data":{"hmac":"vault:v99999999999:QUJD","signature":"vault:vx:QUJD"}})",
        // The right size under another version than was asked for.
        R"({"data":{"hmac":"vault:v2:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",)"
        R"("signature":"vault:v2:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8AAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw"}})"));

TEST_P(KmsVaultNonsense, IsNoMac) {
  with_keys(transit_macs);
  vault_.answer("transit/hmac", 200, GetParam());
  EXPECT_EQ(kms_->mac("refresh", 1, "message").status, GH_UNAVAILABLE);
}

TEST_P(KmsVaultNonsense, IsNoSignature) {
  with_keys();
  vault_.answer("transit/sign", 200, GetParam());
  const Answer answer = kms_->sign("access", 1, "message");
  EXPECT_EQ(answer.status, GH_UNAVAILABLE);
  EXPECT_EQ(answer.bytes, "");
}

TEST_P(KmsVaultNonsense, IsNoKey) {
  with_keys();
  vault_.answer("transit/keys", 200, GetParam());
  EXPECT_EQ(kms_->keys("access").first, GH_UNAVAILABLE);
}

TEST_P(KmsVaultNonsense, IsNoLogin) {
  vault_.answer("login", 200, GetParam());
  const Answer answer = start_with(app_role());
  EXPECT_EQ(answer.status, GH_UNAVAILABLE);
}

TEST_F(KmsVault, KeysThatCannotBeAreRefused) {
  with_keys();
  for (const std::string data :
       {R"("type":"ecdsa-p256","latest_version":0,"min_decryption_version":1,"keys":{})",
        R"("type":"ecdsa-p256","latest_version":1,"min_decryption_version":1,"keys":{})",
        R"("type":"ecdsa-p256","latest_version":1,"min_decryption_version":1,"keys":{"1":{"public_key":"no PEM"}})",
        R"("type":"ecdsa-p256","latest_version":1,"min_decryption_version":1,"keys":{"2":{"public_key":"x"}})",
        R"("type":"ecdsa-p256","latest_version":1e9,"min_decryption_version":1,"keys":{"1":17})",
        R"("type":"aes256-gcm96","latest_version":18446744073709551615,"min_decryption_version":1,"keys":{"1":17})",
        R"("type":"ed25519","latest_version":1,"min_decryption_version":1,"keys":{"1":{"public_key":"QUJD"}})"}) {
    vault_.heal();
    vault_.answer("transit/keys", 200, R"({"data":{)" + data + "}}");
    EXPECT_EQ(kms_->keys("access").first, GH_UNAVAILABLE) << data;
  }
}

TEST_F(KmsVault, AVersionBelowTheLeastIsGoneWhereItIsListedToo) {
  with_keys(transit_macs);
  vault_.answer(
      "transit/keys/gatehouse-refresh", 200,
      R"({"data":{"type":"aes256-gcm96","latest_version":2,"min_decryption_version":2,"keys":{"1":7,"2":8}}})");
  EXPECT_EQ(kms_->states("refresh"), "2 current");
}

TEST_F(KmsVault, WhatIsNoHttpIsUnavailable) {
  with_keys();
  vault_.fail("transit/sign", {Fault::Kind::Raw, 0, "220 smtp.example ESMTP\r\n"});
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_UNAVAILABLE);
}

TEST_F(KmsVault, AnAnswerWithoutEndIsUnavailable) {
  with_keys();
  vault_.fail("transit/sign", {Fault::Kind::Raw, 0,
                               "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + std::string(2'000'000, 'x')});
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_UNAVAILABLE);
}

// A server that redirects must not learn the token at another address.
TEST_F(KmsVault, ARedirectIsNotFollowed) {
  FakeVault other;
  with_keys();
  vault_.answer("transit/sign", 307, other.url() + "/v1/transit/sign");
  EXPECT_EQ(kms_->sign("access", 1, "message").status, GH_UNAVAILABLE);
  EXPECT_EQ(other.connections(), 0u);
}

TEST_F(KmsVault, AnErrorTextThatRepeatsTheTokenIsLeftOut) {
  with_keys();
  vault_.answer("transit/sign", 400, R"({"errors":["bad token hvs.canary"]})");
  const Answer answer = kms_->sign("access", 1, "message");
  EXPECT_EQ(answer.status, GH_DENIED);
  EXPECT_THAT(answer.explanation, no_secret());
}

TEST_F(KmsVault, AnErrorTextIsOneLineOfBoundedLength) {
  with_keys();
  vault_.answer("transit/sign", 503, R"({"errors":["line\nbreak\u0007)" + std::string(5000, 'x') + R"("]})");
  const Answer answer = kms_->sign("access", 1, "message");
  EXPECT_THAT(answer.explanation, HasSubstr("line break"));
  EXPECT_LT(answer.explanation.size(), 500u);
}

}  // namespace
}  // namespace gatehouse::test
