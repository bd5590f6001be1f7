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

class KmsFile : public KmsLocal {
 protected:
  // The exit status, or minus the signal that ended it.
  static int in_child(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  }
};

TEST_F(KmsFile, AnyRightForGroupOrOthersIsRefusedWithTheCommandThatHelps) {
  for (const mode_t mode : {0601u, 0604u, 0610u, 0640u, 0644u, 0660u, 0666u, 0700u, 0777u, 02600u, 04600u}) {
    write(keyring({good_key}), mode);
    const Answer answer = start_on_this_file();
    EXPECT_EQ(answer.status, GH_DENIED) << std::oct << mode;
    EXPECT_THAT(answer.explanation, HasSubstr("chmod 0600 '" + path() + "'"));
  }
}

TEST_F(KmsFile, NarrowerRightsAreFine) {
  write(keyring({good_key}), 0400);
  EXPECT_EQ(start_on_this_file().status, GH_OK);
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
