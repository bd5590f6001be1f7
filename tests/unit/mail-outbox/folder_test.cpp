// SPDX-License-Identifier: Apache-2.0
#include "unit/kms-local/system_faults.h"
#include "unit/mail-outbox/outbox_fixture.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Puts the system calls right again.
class MailOutboxFolder : public MailOutbox {
 protected:
  void TearDown() override { system_faults() = {}; }
};

TEST_F(MailOutboxFolder, AMailIsAFileNamedByTimeAndId) {
  ASSERT_EQ(send({}), GH_OK);
  EXPECT_THAT(files(), ElementsAre("20260802T101112.123456Z-0198c2f1.1@gatehouse.example.eml"));
}

TEST_F(MailOutboxFolder, FolderAndFilesAreForTheirOwnerOnly) {
  const mode_t former = ::umask(0);
  std::filesystem::remove_all(folder());
  begin();
  send({});
  ::umask(former);
  struct stat status {};
  ASSERT_EQ(::stat(folder().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  ASSERT_EQ(::stat((folder() / files().at(0)).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600u);
}

TEST_F(MailOutboxFolder, TheSameIdOverwritesItsFileAlsoLaterAndAfterARestart) {
  Letter letter;
  send(letter);
  begin();
  letter.text = "again\n";
  ASSERT_EQ(send(letter, 1'785'665'999'000'000), GH_OK);
  EXPECT_THAT(files(), ElementsAre("20260802T101112.123456Z-0198c2f1.1@gatehouse.example.eml"));
  EXPECT_THAT(raw(), HasSubstr("again"));
}

TEST_F(MailOutboxFolder, DifferentIdsHaveDifferentFilesAndNoneLeavesTheFolder) {
  const std::vector<std::string> ids = {"a",  "A",    "a/b",         "a_b",         "a%2Fb",     "../../up", "..", ".",
                                        "~x", "$(x)", "a@b.example", "b@b.example", "-rf@b.org", "Z-a",      "%"};
  for (const std::string& id : ids) {
    Letter letter;
    letter.message_id = id;
    EXPECT_EQ(send(letter), id == "$(x)" ? GH_INVALID : GH_OK) << id;
  }
  EXPECT_THAT(files(), SizeIs(ids.size() - 1));
  for (const std::string& name : files()) EXPECT_TRUE(name.starts_with("20260802T101112.123456Z-")) << name;
}

TEST_F(MailOutboxFolder, AnIdThatNoFileNameCanHoldIsInvalid) {
  Letter letter;
  letter.message_id = std::string(201, 'a');
  EXPECT_EQ(send(letter), GH_INVALID);
  letter.message_id = std::string(120, '/');
  EXPECT_EQ(send(letter), GH_INVALID);
  EXPECT_THAT(files(), SizeIs(0));
}

TEST_F(MailOutboxFolder, AFullDiskIsUnavailableAndTheFormerFileIsWhole) {
  send({});
  const std::string before = raw();
  system_faults().write_error = ENOSPC;
  EXPECT_EQ(send({}), GH_UNAVAILABLE);
  EXPECT_THAT(explanation_, HasSubstr("No space left on device"));
  EXPECT_EQ(raw(), before);
  EXPECT_THAT(files(), SizeIs(1));
}

TEST_F(MailOutboxFolder, AFailedRenameLeavesNothingBehind) {
  system_faults().rename_error = EIO;
  EXPECT_EQ(send({}), GH_UNAVAILABLE);
  EXPECT_THAT(files(), SizeIs(0));
}

TEST_F(MailOutboxFolder, AFolderThatWentAwayIsUnavailable) {
  std::filesystem::remove_all(folder());
  EXPECT_EQ(send({}), GH_UNAVAILABLE);
  EXPECT_EQ(ping(), GH_UNAVAILABLE);
}

TEST_F(MailOutboxFolder, AFileInTheFoldersPlaceStopsTheStart) {
  std::filesystem::remove_all(folder());
  std::ofstream(folder()) << "x";
  EXPECT_EQ(begin(), GH_UNAVAILABLE);
}

TEST_F(MailOutboxFolder, PingIsFine) { EXPECT_EQ(ping(), GH_OK); }

TEST_F(MailOutboxFolder, WaitingForOthersEndsAtTheDeadline) {
  const int other = ::open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  host_.tick_ns = 1'000'000;
  deadline_ns_ = host_.monotonic_ns + 3'000'000;
  EXPECT_EQ(send({}), GH_TIMEOUT);
  ::close(other);
}

}  // namespace
}  // namespace gatehouse::test
