// SPDX-License-Identifier: Apache-2.0
#include "app/maintenance.h"

#include "app/cleanup_turns.h"
#include "support/race.h"
#include "unit/auth/auth_fixture.h"

#include <gatehouse/store.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <optional>

namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;
using app::Turn;

// Servers of one cluster: they share the store of the fixture, and nothing else.
class Cleanup : public AuthFixture {
 protected:
  struct Server {
    Server(Cleanup& site, std::function<bool(providers::KindId)> shared)
        : turns(site.services->events(), site.random),
          maintenance(
              {}, *site.storage,
              {std::move(shared), [this](auto period, const Call& call) { return turns.take(period, call); }},
              [](const Call&) {}, clock, site.random, site.log, metrics) {}
    FakeClock clock;
    MetricRegistry metrics;
    app::CleanupTurns turns;
    app::Maintenance maintenance;
  };

  Server& start(std::function<bool(providers::KindId)> shared = [](auto) { return true; }) {
    return servers.emplace_back(*this, std::move(shared));
  }
  void start_many(int count) {
    for (int i = 0; i < count; ++i) start();
  }
  void next_period() {
    clock.advance(1h);
    for (auto& server : servers) server.clock.advance(1h);
  }
  std::uint64_t purges() const { return store_faults.calls(StoreVerb::Purge); }
  static std::uint64_t kinds_with_expiry() {
    const auto kinds = app::schema();
    return static_cast<std::uint64_t>(
        std::count_if(kinds.begin(), kinds.end(), [](const auto& kind) { return kind.expiry_field.has_value(); }));
  }
  int turns_told() {
    int told = 0;
    providers::Query query{.kind = app::event_kind_id, .tenant = "default", .limit = 1000};
    const auto page = storage->find(
        query, call(), [&](providers::RecordReader& record) { told += record.text(0) == "cleanup_started" ? 1 : 0; });
    EXPECT_TRUE(page) << page.error().detail;
    return told;
  }

  std::deque<Server> servers;
};

class CleanupOfMany : public Cleanup, public testing::WithParamInterface<int> {};

TEST_P(CleanupOfMany, IsDoneByOneOfThemInEachPeriod) {
  const int count = GetParam();
  start_many(count);
  constexpr int periods = 20;
  for (int period = 0; period < periods; ++period) {
    std::atomic<int> done{0};
    std::atomic<int> left{0};
    const auto before = purges();
    race(count, [&](int i) {
      const auto turn = servers[static_cast<std::size_t>(i)].maintenance.take_turn();
      done += turn == Turn::Done ? 1 : 0;
      left += turn == Turn::LeftToAnother ? 1 : 0;
    });
    ASSERT_EQ(done, 1) << period;
    ASSERT_EQ(left, count - 1) << period;
    ASSERT_EQ(purges() - before, kinds_with_expiry()) << period;
    next_period();
  }
  EXPECT_EQ(turns_told(), periods);
}

INSTANTIATE_TEST_SUITE_P(Servers, CleanupOfMany, testing::Values(1, 2, 3, 8));

TEST_F(Cleanup, OfTheNextPeriodIsAnybodysAgain) {
  start_many(2);
  EXPECT_EQ(servers[0].maintenance.take_turn(), Turn::Done);
  EXPECT_EQ(servers[1].maintenance.take_turn(), Turn::LeftToAnother);
  next_period();
  EXPECT_EQ(servers[1].maintenance.take_turn(), Turn::Done);
  EXPECT_EQ(servers[0].maintenance.take_turn(), Turn::LeftToAnother);
  EXPECT_EQ(servers[0].metrics.counter("gatehouse_cleanup_turns_total", "", {{"result", "done"}}).value(), 1U);
  EXPECT_EQ(servers[0].metrics.counter("gatehouse_cleanup_turns_total", "", {{"result", "left_to_another"}}).value(),
            1U);
}

TEST_F(Cleanup, ThatFailedIsTriedAgainByWhoTookItOn) {
  start_many(2);
  store_faults.answer(StoreVerb::Purge, GH_UNAVAILABLE, 1);
  EXPECT_EQ(servers[0].maintenance.take_turn(), Turn::Failed);
  EXPECT_EQ(servers[1].maintenance.take_turn(), Turn::LeftToAnother);
  EXPECT_EQ(servers[0].maintenance.take_turn(), Turn::Done);
}

TEST_F(Cleanup, IsNotLostWhenItCannotBeTakenOn) {
  start_many(2);
  store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE, 2);
  EXPECT_EQ(servers[0].maintenance.take_turn(), Turn::Failed);
  EXPECT_EQ(servers[1].maintenance.take_turn(), Turn::Failed);
  EXPECT_EQ(purges(), 0U);
  EXPECT_EQ(servers[1].maintenance.take_turn(), Turn::Done);
  EXPECT_EQ(servers[0].maintenance.take_turn(), Turn::LeftToAnother);
}

TEST_F(Cleanup, TakenOnInDoubtIsThatServersAndNoOthers) {
  start_many(2);
  store_faults.answer_after(StoreVerb::Commit, GH_IN_DOUBT, 1);
  EXPECT_EQ(servers[0].maintenance.take_turn(), Turn::Failed);
  EXPECT_EQ(servers[1].maintenance.take_turn(), Turn::LeftToAnother);
  EXPECT_EQ(servers[0].maintenance.take_turn(), Turn::Done);
}

TEST_F(Cleanup, OfAServerThatDiedIsDoneInTheNextPeriod) {
  signup();
  start_many(2);
  servers[0].clock.advance(24h * 40);
  servers[1].clock.advance(24h * 40);
  clock.advance(24h * 40);
  store_faults.answer(StoreVerb::Purge, GH_UNAVAILABLE);
  EXPECT_EQ(servers[0].maintenance.take_turn(), Turn::Failed);
  store_faults.clear();
  EXPECT_EQ(servers[1].maintenance.take_turn(), Turn::LeftToAnother);
  next_period();
  EXPECT_EQ(servers[1].maintenance.take_turn(), Turn::Done);
  EXPECT_EQ(servers[1].metrics.counter("gatehouse_records_purged_total", "", {{"kind", "session"}}).value(), 1U);
}

TEST_F(Cleanup, IsNotHeldUpByAClockFarAhead) {
  start_many(2);
  servers[0].clock.advance(24h * 365);
  EXPECT_EQ(servers[0].maintenance.take_turn(), Turn::Done);
  for (int period = 0; period < 3; ++period) {
    EXPECT_EQ(servers[1].maintenance.take_turn(), Turn::Done);
    next_period();
  }
}

TEST_F(Cleanup, OfWhatNobodyElseSeesIsDoneByEachServer) {
  const auto sessions_apart = [](providers::KindId kind) { return kind != app::session_kind_id; };
  auto& first = start(sessions_apart);
  auto& second = start(sessions_apart);
  EXPECT_EQ(first.maintenance.take_turn(), Turn::Done);
  const auto before = purges();
  EXPECT_EQ(second.maintenance.take_turn(), Turn::LeftToAnother);
  EXPECT_EQ(purges() - before, 1U);
}

TEST_F(Cleanup, WithNothingSharedAsksNobodyAndTellsNobody) {
  auto& server = start([](auto) { return false; });
  for (int i = 0; i < 2; ++i) EXPECT_EQ(server.maintenance.take_turn(), Turn::Done);
  EXPECT_EQ(purges(), 2 * kinds_with_expiry());
  EXPECT_EQ(turns_told(), 0);
}

}  // namespace
}  // namespace gatehouse::test
