// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/race.h"

#include <algorithm>
#include <functional>

namespace gatehouse::test {
namespace {

const int revoke_rounds = race_rounds(1'000);

// Somebody refreshes while somebody else ends the session. Whoever comes first: once the end is acknowledged, neither
// the token from before nor one that the refresh has just handed out is worth anything.
class RevokeRace : public ApiTest {
 protected:
  void SetUp() override {
    start({.settings = {{"tokens.rotation", "\"balanced\""}, {"passwords.hash.memory", "\"1MiB\""}}});
    api().signed_up(who_);
  }

  using End = std::function<HttpResponse(Api&, const Tokens& victim, const Tokens& actor)>;

  // `own`: the victim itself ends its session; otherwise another session of the same user does.
  void run(bool own, int expected, const End& end) {
    Api refresher(server().listen());
    Api ender(server().listen());
    for (int round = 0; round < revoke_rounds; ++round) {
      const auto victim = api().logged_in(who_);
      const auto actor = own ? victim : api().logged_in(who_);
      HttpResponse refreshed;
      HttpResponse ended;
      race(2, [&](int i) {
        if (i == 0) {
          refreshed = refresher.refresh(victim.refresh);
        } else {
          ended = end(ender, victim, actor);
        }
      });
      ASSERT_EQ(ended.status, expected) << ended.body;
      ASSERT_TRUE(refreshed.status == 200 || refreshed.status == 401) << refreshed.body;
      ASSERT_EQ(api().user(victim.access).status, 401) << "round " << round;
      ASSERT_EQ(api().refresh(victim.refresh).status, 401) << "round " << round;
      if (refreshed.status == 200) {
        const auto survivor = tokens_of(refreshed);
        ASSERT_EQ(api().user(survivor.access).status, 401) << "round " << round;
        ASSERT_EQ(api().refresh(survivor.refresh).status, 401) << "round " << round;
      }
      if (!own) api().logout(actor.access);
    }
  }

  const Account who_ = account("ada");
};

TEST_F(RevokeRace, NoSessionSurvivesItsLogout) {
  run(true, 204, [](Api& api, const Tokens& victim, const Tokens&) { return api.logout(victim.access); });
}

TEST_F(RevokeRace, NoSessionSurvivesLogoutEverywhere) {
  run(false, 204, [](Api& api, const Tokens&, const Tokens& actor) { return api.logout_everywhere(actor.access); });
}

TEST_F(RevokeRace, NoSessionSurvivesItsRevocation) {
  run(false, 204, [](Api& api, const Tokens& victim, const Tokens& actor) {
    return api.revoke_session(actor.access, victim.session);
  });
}

TEST_F(RevokeRace, NoSessionSurvivesRevokeAll) {
  run(false, 200, [](Api& api, const Tokens&, const Tokens& actor) { return api.revoke_all(actor.access); });
}

TEST_F(RevokeRace, NoSessionSurvivesRevokeOthers) {
  run(false, 200, [](Api& api, const Tokens&, const Tokens& actor) { return api.revoke_others(actor.access); });
}

TEST_F(RevokeRace, SignupOfOneAddressIsWonByOne) {
  for (int round = 0; round < 20; ++round) {
    std::vector<int> statuses(8);
    race(8, [&](int i) {
      Api client(server().listen());
      statuses[static_cast<std::size_t>(i)] = client.signup(account("twin" + std::to_string(round))).status;
    });
    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 201), 1) << "round " << round;
    EXPECT_EQ(std::count(statuses.begin(), statuses.end(), 409), 7) << "round " << round;
  }
}

}  // namespace
}  // namespace gatehouse::test
