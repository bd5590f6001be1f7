// SPDX-License-Identifier: Apache-2.0
#include "tokens/claims.h"

#include "forge.h"

#include <gtest/gtest.h>
#include <string>

namespace gatehouse::tokens {
namespace {

using namespace std::chrono_literals;
using testing::claims_at;
using testing::good_payload;
using testing::Members;
using testing::now;

const Parties ours{"gatehouse", "gatehouse"};

TEST(Claims, ReadsWhatItWrites) {
  const auto claims = claims_at(now);
  const auto read = read_claims(write_claims(claims, ours), ours);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->claims, claims);
  EXPECT_EQ(read->not_before, claims.issued_at);
}

TEST(Claims, WritesTheMembersOfTheDesignAndNoOther) {
  auto claims = claims_at(now);
  claims.permissions.clear();
  EXPECT_EQ(write_claims(claims, {"https://id.example", "shop"}),
            R"({"iss":"https://id.example","aud":"shop","sub":"01890a5d-ac96-774b-bcce-b302099a8057",)"
            R"("exp":1800000900,"iat":1800000000,"nbf":1800000000,"jti":"01890a5d-ac96-774b-bcce-b302099a8059.7",)"
            R"("sid":"01890a5d-ac96-774b-bcce-b302099a8058","tenant_id":"default","type":"access",)"
            R"("email":"ada@example.org","role":"user","permissions":[],"auth_time":1799999940})");
}

TEST(Claims, NoValueCanBreakOutOfItsMember) {
  auto claims = claims_at(now);
  for (const std::string text :
       {"\",\"role\":\"admin", "\\", "\\\"", "\n", "\x01", "\xC3\xA9", "\xF0\x9F\x94\x91", "</script>"}) {
    claims.email = text;
    claims.role = text;
    claims.permissions = {text, text + text};
    const auto read = read_claims(write_claims(claims, ours), ours);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->claims, claims) << text;
  }
}

TEST(Claims, TextThatIsNotUtf8IsWrittenAsReplacement) {
  auto claims = claims_at(now);
  claims.email = "a\xFFz";
  const auto read = read_claims(write_claims(claims, ours), ours);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->claims.email, "a\xEF\xBF\xBDz");
}

TEST(Claims, AFractionOfASecondIsCutOff) {
  auto claims = claims_at(now);
  claims.auth_time += 999ms;
  EXPECT_EQ(read_claims(write_claims(claims, ours), ours)->claims.auth_time, claims_at(now).auth_time);
}

TEST(Claims, TheForgersPayloadIsAcceptedAsItStands) { EXPECT_TRUE(read_claims(good_payload().json(), ours)); }

TEST(Claims, FurtherMembersAreIgnored) {
  EXPECT_TRUE(read_claims(good_payload().add("cnf", R"({"jkt":"x"})").add("scope", "null").json(), ours));
}

TEST(Claims, NoMemberMayBeMissing) {
  for (const auto& [name, value] : good_payload().list) {
    EXPECT_FALSE(read_claims(good_payload().remove(name).json(), ours)) << name;
  }
}

TEST(Claims, NoMemberMayBeThereTwice) {
  for (const auto& [name, value] : good_payload().list) {
    EXPECT_FALSE(read_claims(good_payload().add(name, value).json(), ours)) << name;
  }
}

TEST(Claims, NoMemberMayBeOfAnotherType) {
  for (const auto& [name, value] : good_payload().list) {
    for (const std::string other : {"null", "true", "{}", "[1]", "1.5", "\"1\"", "7", "[\"a\"]"}) {
      const bool right_type = (value[0] == '"' && other[0] == '"') || (value[0] == '[' && other == "[\"a\"]") ||
                              (value[0] >= '0' && value[0] <= '9' && other == "7");
      if (right_type) continue;
      EXPECT_FALSE(read_claims(good_payload().set(name, other).json(), ours)) << name << " " << other;
    }
  }
}

TEST(Claims, IdsAreNotEmpty) {
  for (const char* name : {"sub", "sid", "tenant_id", "jti"}) {
    EXPECT_FALSE(read_claims(good_payload().set(name, "\"\"").json(), ours)) << name;
  }
  EXPECT_TRUE(read_claims(good_payload().set("role", "\"\"").set("email", "\"\"").json(), ours));
}

TEST(Claims, IssuerAudienceAndTypeAreExactlyOurs) {
  for (const char* name : {"iss", "aud", "type"}) {
    for (const std::string other :
         {"\"\"", "\"Gatehouse\"", "\"gatehouse \"", "\"gatehouse2\"", "\"gatehous\"", "\"Access\"", "\"refresh\"",
          "\"id\"", "[\"gatehouse\"]", "[\"gatehouse\",\"other\"]", "[\"access\"]"}) {
      EXPECT_FALSE(read_claims(good_payload().set(name, other).json(), ours)) << name << " " << other;
    }
  }
}

TEST(Claims, PermissionsAreTexts) {
  EXPECT_TRUE(read_claims(good_payload().set("permissions", "[]").json(), ours));
  for (const char* other :
       {"\"orders:read\"", "[1]", "[\"a\",null]", "[\"a\",[\"b\"]]", "{\"a\":\"b\"}", "[\"a\",{}]"}) {
    EXPECT_FALSE(read_claims(good_payload().set("permissions", other).json(), ours)) << other;
  }
}

TEST(Claims, TimesAreWholeSecondsUpToTheYear9999) {
  for (const char* name : {"exp", "iat", "nbf", "auth_time"}) {
    for (const char* good : {"0", "1", "253402300799"}) {
      EXPECT_TRUE(read_claims(good_payload().set(name, good).json(), ours)) << name << " " << good;
    }
    for (const char* bad : {"-1", "253402300800", "1.0", "1e3", "\"1800000900\"", "9223372036854775807",
                            "9223372036854775808", "18446744073709551616", "-9223372036854775808"}) {
      EXPECT_FALSE(read_claims(good_payload().set(name, bad).json(), ours)) << name << " " << bad;
    }
  }
}

struct Moment {
  const char* name;
  std::chrono::microseconds exp;  // all relative to now
  std::chrono::microseconds nbf;
  std::chrono::microseconds iat;
  std::chrono::seconds leeway;
  Timing timing;
};
class Times : public ::testing::TestWithParam<Moment> {};

TEST_P(Times, AreJudgedByTheTable) {
  const auto& moment = GetParam();
  VerifiedClaims verified;
  verified.claims.expires_at = now + moment.exp;
  verified.claims.issued_at = now + moment.iat;
  verified.not_before = now + moment.nbf;
  EXPECT_EQ(judge(verified, now, moment.leeway), moment.timing);
}

INSTANTIATE_TEST_SUITE_P(Table, Times,
                         ::testing::Values(Moment{"Fresh", 900s, 0s, 0s, 0s, Timing::Valid},
                                           Moment{"ExpiresInAMicrosecond", 1us, -900s, -900s, 0s, Timing::Valid},
                                           Moment{"ExpiresNow", 0s, -900s, -900s, 0s, Timing::Expired},
                                           Moment{"ExpiredAMicrosecondAgo", -1us, -900s, -900s, 0s, Timing::Expired},
                                           Moment{"ExpiredWithinLeeway", -4s, -900s, -900s, 5s, Timing::Valid},
                                           Moment{"ExpiredAtTheEndOfLeeway", -5s, -900s, -900s, 5s, Timing::Expired},
                                           Moment{"ExpiredAfterLeeway", -6s, -900s, -900s, 5s, Timing::Expired},
                                           Moment{"BeginsNow", 900s, 0s, -1s, 0s, Timing::Valid},
                                           Moment{"BeginsAsFarAheadAsClocksMayBeApart", 900s, 5s, 0s, 0s,
                                                  Timing::Valid},
                                           Moment{"BeginsFurtherAhead", 900s, 5s + 1us, 0s, 0s, Timing::NotYet},
                                           Moment{"BeginsAtTheEndOfLeeway", 900s, 30s, 0s, 30s, Timing::Valid},
                                           Moment{"BeginsAfterLeeway", 900s, 30s + 1us, 0s, 30s, Timing::NotYet},
                                           Moment{"MadeNow", 900s, 0s, 0s, 0s, Timing::Valid},
                                           Moment{"MadeAsFarAheadAsClocksMayBeApart", 900s, 0s, 5s, 0s, Timing::Valid},
                                           Moment{"MadeFurtherAhead", 900s, 0s, 5s + 1us, 0s, Timing::NotYet},
                                           Moment{"MadeAtTheEndOfLeeway", 900s, 0s, 30s, 30s, Timing::Valid},
                                           Moment{"MadeAfterLeeway", 900s, 0s, 30s + 1us, 30s, Timing::NotYet},
                                           Moment{"NeitherBegunNorUnexpired", -1s, 6s, 0s, 0s, Timing::NotYet},
                                           Moment{"ExpiredAndMadeInTheFuture", -1s, -1s, 6s, 0s, Timing::NotYet}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace gatehouse::tokens
