// SPDX-License-Identifier: Apache-2.0
#include "site.h"
#include "support/postgres_server.h"

#include <gtest/gtest.h>

// Servers over a primary that is lost and a synchronous standby that takes its place.
namespace gatehouse::test {
namespace {

TEST(PostgresFailover, UndoesNothingThatWasAnsweredAndIsOverWithinSecondsOfThePromotion) {
  PostgresServer primary;
  PostgresServer standby({.standby_of = &primary});
  primary.wait_for_standby();
  Site site(primary, {.database_url = primary.url_with(standby)});
  site.under_load({}, [&](Load& load) {
    load.fault(Fault::Readiness::Falls, [&] {
      primary.kill9();
      load.wait_until_unready();
      standby.promote();
      site.failed_over_to(standby);
    });
  });
  site.stop();
}

}  // namespace
}  // namespace gatehouse::test
