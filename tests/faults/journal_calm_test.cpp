// SPDX-License-Identifier: Apache-2.0
#include "support/journal_load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

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

// Two settings under which a server rightly does what the oracle holds for a breach: it must see both.
TEST(JournalCalm, AServerWithOtherPromisesIsNoticed) {
  const std::vector<std::pair<Settings, std::string>> breaches = {
      {{{"tokens.on_reuse", "\"revoke-session\""}}, "whose end by Replay was acknowledged"},
      {{{"tokens.rotation", "\"balanced\""}}, "it was let in"}};
  for (const auto& [settings, words] : breaches) {
    ServerOptions options{.settings = {{"sessions.max_per_user", "0"}, {"passwords.hash.memory", "\"1MiB\""}}};
    options.settings.insert(settings.begin(), settings.end());
    ServerProcess server(options);
    Load load({&server}, "user", 3);
    load.run(250);
    EXPECT_THAT(objections(load.finish(), {}), testing::Contains(testing::HasSubstr(words)));
  }
}

}  // namespace
}  // namespace gatehouse::test
