// SPDX-License-Identifier: Apache-2.0
// A keyring whose text is not what it should be, at start and under a running server.
#include "unit/kms-local/kms_fixture.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class KmsDamage : public KmsLocal {};

TEST_F(KmsDamage, EveryWayToCutTheFileShortIsNoticed) {
  const std::string whole =
      keyring({good_key, "refresh 2 HMAC-SHA256 next 2026-08-02T10:11:12Z " + std::string(some_secret)});
  write(whole);
  ASSERT_EQ(start_on_this_file().status, GH_OK);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write(whole.substr(0, size));
    EXPECT_EQ(start_on_this_file().status, GH_UNAVAILABLE) << size;
  }
}

TEST_F(KmsDamage, NoBitFlipIsMoreThanAnotherFileOrARefusal) {
  const std::string whole = keyring({good_key});
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    write(flipped);
    const gh_status status = make()->start().status;
    EXPECT_TRUE(status == GH_OK || status == GH_UNAVAILABLE) << bit;
  }
}

struct Damage {
  std::vector<std::string> keys;
  std::size_t line;
  const char* expected;
};

TEST_F(KmsDamage, DamageIsReportedWithItsLineAndNeverQuotesASecret) {
  const std::string s(some_secret);
  const auto at = [](std::string key, std::size_t column, const std::string& word) {
    std::size_t begin = 0;
    while (--column > 0) begin = key.find(' ', begin) + 1;
    return key.replace(begin, std::min(key.find(' ', begin), key.size()) - begin, word);
  };
  const Damage damages[] = {
      {{good_key, "refresh"}, 3, "six columns"},
      {{good_key, "refresh 2 HMAC-SHA256 active " + s}, 3, "six columns"},
      {{at(good_key, 1, "Refresh")}, 2, "purpose"},
      {{at(good_key, 1, std::string(33, 'a'))}, 2, "purpose"},
      {{at(good_key, 2, "0")}, 2, "version"},
      {{at(good_key, 2, "-1")}, 2, "version"},
      {{at(good_key, 2, "4294967296")}, 2, "version"},
      {{at(good_key, 2, s)}, 2, "version"},
      {{at(good_key, 3, "HS256")}, 2, "algorithm"},
      {{at(good_key, 4, "old")}, 2, "state"},
      {{at(good_key, 4, s)}, 2, "state"},
      {{at(good_key, 5, "2026-02-30T00:00:00Z")}, 2, "time"},
      {{at(good_key, 5, "2026-08-02T24:00:00Z")}, 2, "time"},
      {{at(good_key, 5, "2026-08-02 10:11:12Z")}, 2, "time"},
      {{at(good_key, 5, s)}, 2, "time"},
      {{at(good_key, 6, "not!base64")}, 2, "not base64"},
      {{at(good_key, 6, s + " trailing")}, 2, "not base64"},
      {{at(good_key, 6, "")}, 2, "not base64"},
      {{at(good_key, 6, "q83vEjRWeJA=")}, 2, "shorter than 32 bytes"},
      {{good_key, good_key}, 3, "those of another line"},
      {{good_key, at(good_key, 2, "2")}, 3, "second current"},
      {{at(good_key, 4, "active")}, 2, "no key of this purpose is current"},
      {{at(good_key, 4, "next:yesterday")}, 2, "the state (column 4)"},
      {{at(good_key, 4, "current:2026-08-02T10:11:12Z")}, 2, "the state (column 4)"},
      {{at(good_key, 4, "next:2026-08-02T10:11:12Z")}, 2, "no key of this purpose is current"},
  };
  for (const Damage& damage : damages) {
    SCOPED_TRACE(damage.keys.back());
    write(keyring(damage.keys));
    const Answer answer = start_on_this_file();
    EXPECT_EQ(answer.status, GH_UNAVAILABLE);
    EXPECT_THAT(answer.explanation, HasSubstr(path() + ":" + std::to_string(damage.line) + ": "));
    EXPECT_THAT(answer.explanation, HasSubstr(damage.expected));
    EXPECT_THAT(answer.explanation, HasSubstr("nothing was written to it"));
  }
}

TEST_F(KmsDamage, AFileOfAnotherKindIsReportedByItsFirstLine) {
  write("{\"keys\": []}\n");
  EXPECT_THAT(start_on_this_file().explanation,
              HasSubstr(path() + ":1: the first line is not \"gatehouse-keyring 1\""));
}

TEST_F(KmsDamage, LinesBehindTheEndAndWrongCountsAreReported) {
  write(keyring({good_key}) + good_key + "\n");
  EXPECT_THAT(start_on_this_file().explanation, HasSubstr(path() + ":4: there is something behind the end line"));
  write("gatehouse-keyring 1\n" + good_key + "\nend 2\n");
  EXPECT_THAT(start_on_this_file().explanation, HasSubstr(path() + ":3: the end line does not say 1"));
}

TEST_F(KmsDamage, CommentsAndEmptyLinesAreFine) {
  write("gatehouse-keyring 1\n# by hand\n\n" + good_key + "\nend 1\n\n# done\n");
  EXPECT_EQ(start_on_this_file().status, GH_OK);
}

TEST_F(KmsDamage, AFileLargerThanAnyKeyringIsNotRead) {
  write(std::string((1 << 20) + 1, '#'));
  EXPECT_THAT(start_on_this_file().explanation, HasSubstr("larger than a keyring can be"));
}

TEST_F(KmsDamage, DamageWhileRunningLeavesTheKeysInUseAndIsLoggedOnce) {
  write(keyring({good_key}));
  auto kms = started();
  const Answer before = kms->mac("refresh", 1, "m");
  replace("rubbish");
  for (int i = 0; i < 5; ++i) {
    kms->now_us += second;
    EXPECT_EQ(kms->mac("refresh", 0, "m").bytes, before.bytes);
  }
  EXPECT_THAT(host_.lines(GH_LOG_ERROR), SizeIs(1));
  EXPECT_THAT(host_.counted(), SizeIs(1));
}

TEST_F(KmsDamage, WhileTheFileIsDamagedAnUnknownVersionIsUnavailableAndNotUnknown) {
  write(keyring({good_key}));
  auto kms = started();
  replace("rubbish");
  EXPECT_EQ(kms->mac("refresh", 2, "m").status, GH_UNAVAILABLE);
  replace(keyring({good_key}));
  EXPECT_EQ(kms->mac("refresh", 2, "m").status, GH_NOT_FOUND);
}

TEST_F(KmsDamage, ADamagedFileIsNotOverwrittenByARotation) {
  write(keyring({good_key}));
  auto kms = started();
  replace("rubbish");
  EXPECT_EQ(kms->rotate("refresh").status, GH_UNAVAILABLE);
  EXPECT_EQ(kms->ensure("access", GH_ALG_ES256).status, GH_UNAVAILABLE);
  EXPECT_EQ(read(), "rubbish");
}

TEST_F(KmsDamage, AFileThatWentAwayIsNotReplacedByOneWithFewerKeys) {
  write(keyring({good_key}));
  auto kms = started();
  std::filesystem::remove(path());
  EXPECT_EQ(kms->ensure("access", GH_ALG_ES256).status, GH_UNAVAILABLE);
  EXPECT_EQ(kms->rotate("refresh").status, GH_UNAVAILABLE);
  EXPECT_FALSE(std::filesystem::exists(path()));
  EXPECT_EQ(kms->mac("refresh", 0, "m").status, GH_OK);
}

TEST_F(KmsDamage, AFileThatLostAPurposeInUseIsRefused) {
  write(keyring({good_key}));
  auto kms = started();
  replace(keyring({"cursor 1 HMAC-SHA256 current 2026-08-02T10:11:12Z " + std::string(some_secret)}));
  kms->now_us += second;
  EXPECT_EQ(kms->mac("refresh", 0, "m").status, GH_OK);
  ASSERT_THAT(host_.lines(GH_LOG_ERROR), SizeIs(1));
  EXPECT_THAT(host_.lines(GH_LOG_ERROR)[0], HasSubstr("the keys for refresh are gone"));
}

}  // namespace
}  // namespace gatehouse::test
