// SPDX-License-Identifier: Apache-2.0
#include "announcement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gatehouse::store_postgres {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

TEST(Announcement, ComesBackAsItWent) {
  const Key odd{std::string("\0 \n\\", 4), "p\xff", "id with spaces"};
  Announcement announcement;
  announcement.add("mail_job", false, 1, {"t", "p", "1"});
  announcement.add("ticket", true, 41, odd);
  ASSERT_THAT(announcement.payloads(), SizeIs(1));
  const auto read = read_announcement(announcement.payloads().front());
  ASSERT_TRUE(read);
  ASSERT_THAT(*read, SizeIs(2));
  EXPECT_EQ(read->at(0).kind, "mail_job");
  EXPECT_FALSE(read->at(0).deleted);
  EXPECT_EQ(read->at(1).kind, "ticket");
  EXPECT_TRUE(read->at(1).deleted);
  EXPECT_EQ(read->at(1).version, 41);
  EXPECT_EQ(read->at(1).key.tenant, odd.tenant);
  EXPECT_EQ(read->at(1).key.partition, odd.partition);
  EXPECT_EQ(read->at(1).key.id, odd.id);
}

TEST(Announcement, OfTheLongestKeysFitsIntoNotifications) {
  Announcement announcement;
  for (int at = 0; at < 64; ++at) {
    announcement.add(std::string(50, 'k'), true, INT64_MAX,
                     {std::string(64, 't'), std::string(64, 'p'), std::string(128, 'i')});
  }
  std::size_t changes = 0;
  for (const auto& payload : announcement.payloads()) {
    EXPECT_LT(payload.size(), 8000u);
    changes += read_announcement(payload).value().size();
  }
  EXPECT_EQ(changes, 64u);
}

TEST(Announcement, OfSomebodyElseIsNotRead) {
  for (const char* payload :
       {"hello", "mail_job put 1 \\x74 \\x70 \\x31", "mail_job get 1 \\x74 \\x70 \\x31\n",
        "mail_job put 0 \\x74 \\x70 \\x31\n", "mail_job put 1x \\x74 \\x70 \\x31\n", "mail_job put 1 t \\x70 \\x31\n",
        "mail_job put 1 \\x74 \\x70 \\x\n", "mail_job put 1 \\x74 \\x70 \\x31\nand more"}) {
    EXPECT_FALSE(read_announcement(payload)) << payload;
  }
}

}  // namespace
}  // namespace gatehouse::store_postgres
