// SPDX-License-Identifier: Apache-2.0
#include "support/journal_load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gatehouse::test {
namespace {

// The measure of the other journal tests: without a fault there is nothing to object to, and whatever a client does
// leaves nothing behind in the server.
TEST(JournalCalm, AHealthyServerNeverContradictsItself) {
  ServerProcess server({.settings = {{"sessions.max_per_user", "0"}, {"passwords.hash.memory", "\"1MiB\""}}});
  Load first({&server}, "first", 3);
  first.run(40);
  EXPECT_THAT(objections(first.finish(), {}), testing::IsEmpty());
  const auto before = footprint(server);
  Load second({&server}, "second", 3);
  second.run(40);
  EXPECT_THAT(objections(second.finish(), {}), testing::IsEmpty());
  EXPECT_EQ(growth(server, before), "");
  EXPECT_EQ(server.stop(), 0);
}

}  // namespace
}  // namespace gatehouse::test
