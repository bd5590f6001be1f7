// SPDX-License-Identifier: Apache-2.0
// What happens when the file, its rights, the disk or the process is not as it should be.
#include "unit/kms-local/kms_fixture.h"
#include "unit/kms-local/system_faults.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

namespace gatehouse::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::int64_t second = 1'000'000;

class KmsFile : public KmsLocal {
 protected:
  // "" or what start() said. The file must be as it was.
  Answer refused_start() {
    const std::string before = read();
    auto kms = make();
    Answer answer = kms->start();
    if (answer.status != GH_OK) {
      EXPECT_EQ(read(), before);
      EXPECT_THAT(answer.explanation, Not(HasSubstr(std::string(some_secret.substr(0, 12)))));
    }
    return answer;
  }
  // The exit status, or minus the signal that ended it.
  static int in_child(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  }
};

const std::string good_key = "refresh 1 HMAC-SHA256 current 2026-08-02T10:11:12Z " + std::string(some_secret);

TEST_F(KmsFile, AnyRightForGroupOrOthersIsRefusedWithTheCommandThatHelps) {
  for (const mode_t mode : {0601u, 0604u, 0610u, 0640u, 0644u, 0660u, 0666u, 0700u, 0777u, 02600u, 04600u}) {
    write(keyring({good_key}), mode);
    const Answer answer = refused_start();
    EXPECT_EQ(answer.status, GH_DENIED) << std::oct << mode;
    EXPECT_THAT(answer.explanation, HasSubstr("chmod 0600 '" + path() + "'"));
  }
}

TEST_F(KmsFile, NarrowerRightsAreFine) {
  write(keyring({good_key}), 0400);
  EXPECT_EQ(refused_start().status, GH_OK);
}

TEST_F(KmsFile, TheCommandThatHelpsCanBePastedForAnyPath) {
  const std::string odd = (folder_.path() / "it's; rm -rf").string();
  std::ofstream(odd) << keyring({good_key});
  ::chmod(odd.c_str(), 0644);
  EXPECT_THAT(make({{"keyring", odd}})->start().explanation, HasSubstr("/it'\\''s; rm -rf'"));
}

TEST_F(KmsFile, AFileOfSomebodyElseIsRefused) {
  std::string foreign = "/etc/passwd";
  if (::geteuid() == 0) {
    write(keyring({good_key}));
    ASSERT_EQ(::chown(path().c_str(), 12345, static_cast<gid_t>(-1)), 0);
    foreign = path();
  }
  const Answer answer = make({{"keyring", foreign}})->start();
  EXPECT_EQ(answer.status, GH_DENIED);
  EXPECT_THAT(answer.explanation, HasSubstr("belongs to user "));
}

TEST_F(KmsFile, ASymbolicLinkIsRefused) {
  write(keyring({good_key}));
  const std::string link = (folder_.path() / "link").string();
  std::filesystem::create_symlink(path(), link);
  const Answer answer = make({{"keyring", link}})->start();
  EXPECT_EQ(answer.status, GH_DENIED);
  EXPECT_THAT(answer.explanation, HasSubstr("is a symbolic link"));
}

TEST_F(KmsFile, ADanglingSymbolicLinkIsNotWrittenThrough) {
  std::filesystem::create_symlink(folder_.path() / "elsewhere", path());
  auto kms = make();
  EXPECT_EQ(kms->start().status, GH_DENIED);
  EXPECT_EQ(kms->ensure("refresh", GH_ALG_HMAC_SHA256).status, GH_DENIED);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "elsewhere"));
}

TEST_F(KmsFile, WhatIsNoRegularFileIsRefusedAndDoesNotHangTheServer) {
  std::filesystem::create_directory(path());
  EXPECT_EQ(make()->start().status, GH_DENIED);
  std::filesystem::remove(path());
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  EXPECT_EQ(make()->start().status, GH_DENIED);
}

TEST_F(KmsFile, EveryWayToCutTheFileShortIsNoticed) {
  const std::string whole =
      keyring({good_key, "refresh 2 HMAC-SHA256 next 2026-08-02T10:11:12Z " + std::string(some_secret)});
  write(whole);
  ASSERT_EQ(refused_start().status, GH_OK);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write(whole.substr(0, size));
    EXPECT_EQ(refused_start().status, GH_UNAVAILABLE) << size;
  }
}

TEST_F(KmsFile, NoBitFlipIsMoreThanAnotherFileOrARefusal) {
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

TEST_F(KmsFile, DamageIsReportedWithItsLineAndNeverQuotesASecret) {
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
      {{good_key, at(at(at(good_key, 2, "2"), 3, "ES256"), 4, "active")},
       3,
       "algorithm is another than that of line 2"},
  };
  for (const Damage& damage : damages) {
    SCOPED_TRACE(damage.keys.back());
    write(keyring(damage.keys));
    const Answer answer = refused_start();
    EXPECT_EQ(answer.status, GH_UNAVAILABLE);
    EXPECT_THAT(answer.explanation, HasSubstr(path() + ":" + std::to_string(damage.line) + ": "));
    EXPECT_THAT(answer.explanation, HasSubstr(damage.expected));
    EXPECT_THAT(answer.explanation, HasSubstr("nothing was written to it"));
  }
}

TEST_F(KmsFile, AFileOfAnotherKindIsReportedByItsFirstLine) {
  write("{\"keys\": []}\n");
  EXPECT_THAT(refused_start().explanation, HasSubstr(path() + ":1: the first line is not \"gatehouse-keyring 1\""));
}

TEST_F(KmsFile, LinesBehindTheEndAndWrongCountsAreReported) {
  write(keyring({good_key}) + good_key + "\n");
  EXPECT_THAT(refused_start().explanation, HasSubstr(path() + ":4: there is something behind the end line"));
  write("gatehouse-keyring 1\n" + good_key + "\nend 2\n");
  EXPECT_THAT(refused_start().explanation, HasSubstr(path() + ":3: the end line does not say 1"));
}

TEST_F(KmsFile, CommentsAndEmptyLinesAreFine) {
  write("gatehouse-keyring 1\n# by hand\n\n" + good_key + "\nend 1\n\n# done\n");
  EXPECT_EQ(refused_start().status, GH_OK);
}

TEST_F(KmsFile, AFileLargerThanAnyKeyringIsNotRead) {
  write(std::string((1 << 20) + 1, '#'));
  EXPECT_THAT(refused_start().explanation, HasSubstr("larger than a keyring can be"));
}

TEST_F(KmsFile, DamageWhileRunningLeavesTheKeysInUseAndIsLoggedOnce) {
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

TEST_F(KmsFile, WhileTheFileIsDamagedAnUnknownVersionIsUnavailableAndNotUnknown) {
  write(keyring({good_key}));
  auto kms = started();
  replace("rubbish");
  EXPECT_EQ(kms->mac("refresh", 2, "m").status, GH_UNAVAILABLE);
  replace(keyring({good_key}));
  EXPECT_EQ(kms->mac("refresh", 2, "m").status, GH_NOT_FOUND);
}

TEST_F(KmsFile, ADamagedFileIsNotOverwrittenByARotation) {
  write(keyring({good_key}));
  auto kms = started();
  replace("rubbish");
  EXPECT_EQ(kms->rotate("refresh").status, GH_UNAVAILABLE);
  EXPECT_EQ(kms->ensure("access", GH_ALG_ES256).status, GH_UNAVAILABLE);
  EXPECT_EQ(read(), "rubbish");
}

TEST_F(KmsFile, AFileThatWentAwayIsNotReplacedByOneWithFewerKeys) {
  write(keyring({good_key}));
  auto kms = started();
  std::filesystem::remove(path());
  EXPECT_EQ(kms->ensure("access", GH_ALG_ES256).status, GH_UNAVAILABLE);
  EXPECT_EQ(kms->rotate("refresh").status, GH_UNAVAILABLE);
  EXPECT_FALSE(std::filesystem::exists(path()));
  EXPECT_EQ(kms->mac("refresh", 0, "m").status, GH_OK);
}

TEST_F(KmsFile, AFileThatLostAPurposeInUseIsRefused) {
  write(keyring({good_key}));
  auto kms = started();
  replace(keyring({"cursor 1 HMAC-SHA256 current 2026-08-02T10:11:12Z " + std::string(some_secret)}));
  kms->now_us += second;
  EXPECT_EQ(kms->mac("refresh", 0, "m").status, GH_OK);
  ASSERT_THAT(host_.lines(GH_LOG_ERROR), SizeIs(1));
  EXPECT_THAT(host_.lines(GH_LOG_ERROR)[0], HasSubstr("the keys for refresh are gone"));
}

TEST_F(KmsFile, AFolderThatMayNotBeWrittenIsDeniedInWords) {
  EXPECT_EQ(in_child([&] {
              constexpr uid_t nobody = 65534;
              if (::geteuid() == 0 && (::chown(folder_.path().c_str(), nobody, nobody) != 0 || ::setuid(nobody) != 0)) {
                return 1;
              }
              if (::chmod(folder_.path().c_str(), 0500) != 0) return 2;
              auto kms = make();
              if (kms->start().status != GH_OK) return 3;
              const Answer answer = kms->ensure("refresh", GH_ALG_HMAC_SHA256);
              if (answer.explanation.find("Permission denied") == std::string::npos) return 4;
              return answer.status == GH_DENIED ? 0 : 5;
            }),
            0);
}

TEST_F(KmsFile, AMissingFolderIsUnavailableInWords) {
  auto kms = started({{"keyring", path() + "/no/such/folder"}});
  const Answer answer = kms->ensure("refresh", GH_ALG_HMAC_SHA256);
  EXPECT_EQ(answer.status, GH_UNAVAILABLE);
  EXPECT_THAT(answer.explanation, HasSubstr("No such file or directory"));
}

TEST_F(KmsFile, AWriterThatHoldsTheLockForTooLongIsATimeout) {
  auto kms = started();
  kms->ensure("refresh", GH_ALG_HMAC_SHA256);
  const int other = ::open((path() + ".lock").c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  host_.tick_ns = 1'000'000;
  kms->deadline_ns = host_.monotonic_ns + 5'000'000;
  EXPECT_EQ(kms->rotate("refresh").status, GH_TIMEOUT);
  ::close(other);
  kms->deadline_ns = INT64_MAX;
  EXPECT_EQ(kms->rotate("refresh").version, 2u);
}

class KmsDisk : public KmsFile {
 protected:
  // A keyring with one key, and what it looks like.
  void SetUp() override {
    kms_ = started();
    ASSERT_EQ(kms_->ensure("refresh", GH_ALG_HMAC_SHA256).status, GH_OK);
    before_ = read();
  }
  void TearDown() override { system_faults() = {}; }

  std::unique_ptr<KmsClient> kms_;
  std::string before_;
};

TEST_F(KmsDisk, AFullDiskChangesNothing) {
  system_faults().write_error = ENOSPC;
  const Answer answer = kms_->rotate("refresh");
  EXPECT_EQ(answer.status, GH_UNAVAILABLE);
  EXPECT_THAT(answer.explanation, HasSubstr("No space left on device"));
  EXPECT_EQ(read(), before_);
  EXPECT_FALSE(std::filesystem::exists(path() + ".new"));
  EXPECT_EQ(kms_->states("refresh"), "1 current");
  system_faults() = {};
  EXPECT_EQ(kms_->rotate("refresh").version, 2u);
}

TEST_F(KmsDisk, AWriteInPiecesIsWhole) {
  system_faults().write_at_most = 7;
  EXPECT_EQ(kms_->rotate("refresh").status, GH_OK);
  EXPECT_EQ(started()->states("refresh"), "1 active, 2 current");
}

TEST_F(KmsDisk, AFailedSyncOrRenameChangesNothing) {
  system_faults().fsync_error = EIO;
  EXPECT_EQ(kms_->rotate("refresh").status, GH_UNAVAILABLE);
  EXPECT_EQ(read(), before_);
  system_faults() = {};
  system_faults().rename_error = EIO;
  EXPECT_EQ(kms_->rotate("refresh").status, GH_UNAVAILABLE);
  EXPECT_EQ(read(), before_);
  EXPECT_FALSE(std::filesystem::exists(path() + ".new"));
}

TEST_F(KmsDisk, AReplacementThatMayNotOutliveAPowerFailureIsInDoubt) {
  system_faults().fsync_error = EIO;
  system_faults().fsyncs_before_error = 1;
  EXPECT_EQ(kms_->rotate("refresh").status, GH_IN_DOUBT);
  system_faults() = {};
  EXPECT_EQ(kms_->mac("refresh", 2, "m").status, GH_OK);
}

TEST_F(KmsDisk, KilledBeforeTheRenameTheOldFileIsThereAndTheNextWriteGoesThrough) {
  EXPECT_EQ(in_child([&] {
              system_faults().kill_before_rename = true;
              kms_->rotate("refresh");
              return 0;
            }),
            -SIGKILL);
  EXPECT_EQ(read(), before_);
  EXPECT_TRUE(std::filesystem::exists(path() + ".new"));
  auto next = started();
  EXPECT_EQ(next->rotate("refresh").version, 2u);
  EXPECT_FALSE(std::filesystem::exists(path() + ".new"));
}

TEST_F(KmsDisk, KilledAfterTheRenameTheNewFileIsThere) {
  EXPECT_EQ(in_child([&] {
              system_faults().kill_after_rename = true;
              kms_->rotate("refresh");
              return 0;
            }),
            -SIGKILL);
  EXPECT_EQ(started()->states("refresh"), "1 active, 2 current");
}

}  // namespace
}  // namespace gatehouse::test
