// SPDX-License-Identifier: Apache-2.0
#include "app/banner.h"

#include "config_support.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gatehouse::app {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Over stores of which none can be reached but those in memory.
std::string banner_of(const Given& given) {
  using providers::Trial;
  const auto resolved = load(given).resolved;
  const auto choices = choose(
      resolved.config, chains_of(resolved.config, {"user", "session", "event"}),
      [&](const std::string& plugin, const Chain&) {
        const bool memory = resolved.config.plugin(plugin)->id == "store-memory";
        return Trial{memory ? Trial::Result::Fit : Trial::Result::Unreachable, memory ? "" : "it does not answer"};
      });
  return banner(resolved, choices, "127.0.0.1:41234", "127.0.0.1:41235");
}

TEST(Banner, HasTheUrlsWithThePortsThatWerePicked) {
  const auto text = banner_of({.flags = {dev_flag()}});
  for (const auto* url : {"http://127.0.0.1:41234/auth\n", "http://127.0.0.1:41234/.well-known/jwks.json\n",
                          "http://127.0.0.1:41235/readyz\n", "http://127.0.0.1:41235/metrics\n"}) {
    EXPECT_THAT(text, HasSubstr(url));
  }
}

TEST(Banner, SaysWhereThingsAreKept) {
  const auto text = banner_of({.flags = {dev_flag()}});
  EXPECT_THAT(text, HasSubstr("/home/test/.local/state/gatehouse\n"));
  EXPECT_THAT(text, HasSubstr("/home/test/.local/state/gatehouse/outbox\n"));
}

TEST(Banner, WarnsThatMemoryForgets) {
  EXPECT_THAT(banner_of({.flags = {dev_flag()}}),
              HasSubstr("memory only: data is gone at exit; what is in the state folder stays\n"));
  EXPECT_THAT(banner_of({production_file}), Not(HasSubstr("memory only")));
}

TEST(Banner, TellsWhichKindsMemoryForgetsAndWhoWasSkipped) {
  const auto text =
      banner_of({"mode = \"dev\"\nstorage.default = [\"pg\"]\nstorage.sessions = [\"pg\", "
                 "\"store-memory\"]\n[[plugin]]\nname = \"pg\"\nlibrary = \"acme-store\"\n"
                 "config.url = \"acme://db\"\n"});
  EXPECT_THAT(text, HasSubstr("  storage.sessions: pg is skipped (unreachable), store-memory is used until the next"));
  EXPECT_THAT(text, HasSubstr("  storage.sessions: memory only: data is gone at exit"));
  EXPECT_THAT(text, Not(HasSubstr("storage.default")));
}

TEST(Banner, HasACallToPasteBelowTheFirstPath) {
  EXPECT_THAT(banner_of({"mode = \"dev\"\nserver.base_paths = [\"/id\"]\n"}),
              HasSubstr("curl http://127.0.0.1:41234/id/signup -H"));
}

TEST(Banner, MakesAnotherAccountThanTheReadmeSoThatBothCanBeFollowed) {
  EXPECT_THAT(banner_of({.flags = {dev_flag()}}), AllOf(HasSubstr("@example.com"), Not(HasSubstr("ada@example.com"))));
}

}  // namespace
}  // namespace gatehouse::app
