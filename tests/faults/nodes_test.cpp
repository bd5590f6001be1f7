// SPDX-License-Identifier: Apache-2.0
#include "site.h"

#include "support/api_test.h"
#include "support/mailbox.h"
#include "support/metrics.h"
#include "support/postgres_server.h"
#include "support/race.h"
#include "support/redis_server.h"
#include "support/sql_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

// Three servers that share their stores and their keyring, and nothing else.
namespace gatehouse::test {
namespace {

constexpr std::size_t node_count = 3;
constexpr int clients = 18;

// A site whose servers, the first one apart, put their mails into outboxes.
class MailingSite : public Site {
 public:
  MailingSite(const PostgresServer& postgres, SiteOptions options)
      : Site(postgres, std::move(options)), postgres_(postgres) {
    for (std::size_t node = 1; node < size(); ++node) {
      outboxes_.emplace_back(this->node(node).state_folder() / "outbox");
    }
  }

  const Address& at(std::size_t node) { return this->node(node).listen(); }
  void wait_for_mails() const { wait_until(postgres_, "SELECT count(due_at) FROM " + schema() + ".mail_jobs", "0"); }
  void wait_for_cleanups(int count) const {
    wait_until(postgres_, "SELECT count(*) >= " + std::to_string(count) + cleanups_, "t");
  }
  int cleanups() const { return std::stoi(postgres_.sql("SELECT count(*)" + cleanups_)); }
  // Turns of all servers that ended so; none is no turn.
  double turns(const std::string& result) {
    double sum = 0;
    for (std::size_t i = 0; i < size(); ++i) {
      const auto text = HttpClient(node(i).management()).get("/metrics").body;
      sum += std::max(0.0, metric(text, "gatehouse_cleanup_turns_total", {"result=\"" + result + "\""}));
    }
    return sum;
  }
  // In all outboxes.
  std::size_t mails() const {
    std::size_t mails = 0;
    for (const auto& outbox : outboxes_) mails += outbox.count();
    return mails;
  }
  // The token in the next mail to the address, whichever server sent it.
  std::string mailed_token(const std::string& address) {
    wait_for_mails();
    for (auto& outbox : outboxes_) {
      try {
        return outbox.next(address, std::chrono::milliseconds(0)).token;
      } catch (const std::runtime_error&) {
        continue;
      }
    }
    throw std::runtime_error("no server has sent a mail to " + address);
  }

 private:
  const PostgresServer& postgres_;
  const std::string cleanups_ = " FROM " + schema() + ".events WHERE type = 'cleanup_started'";
  std::vector<Mailbox> outboxes_;
};

enum class Stores { Postgres, PostgresAndRedis };

class Nodes : public testing::TestWithParam<Stores> {
 protected:
  static void SetUpTestSuite() {
    postgres_ = std::make_unique<PostgresServer>();
    redis_ = std::make_unique<RedisServer>();
  }
  static void TearDownTestSuite() {
    for (auto& site : sites_) {
      if (site) site->stop();
      site.reset();
    }
    redis_.reset();
    postgres_.reset();
  }

  static MailingSite& site() {
    const bool with_redis = GetParam() == Stores::PostgresAndRedis;
    auto& site = sites_[with_redis ? 1 : 0];
    if (!site) {
      SiteOptions options{.nodes = node_count, .schema = with_redis ? "with_redis" : "without_redis"};
      if (with_redis) options.redis_url = redis_->url();
      // Nobody looks for mails in time: whoever is idle is told of them.
      options.settings = {
          {"tokens.on_reuse", "\"revoke-session\""}, {"rate_limit.forgot", "\"4/1h\""}, {"lockout.enabled", "true"},
          {"lockout.max_attempts_per_address", "0"}, {"mail.poll", "\"1h\""},           {"cleanup.every", "\"1s\""}};
      options.first_settings = {{"mail.deliver_via", "[]"}};
      site = std::make_unique<MailingSite>(*postgres_, std::move(options));
    }
    return *site;
  }
  static Api api(std::size_t node) { return Api(site().at(node)); }

  // The answers to clients at all servers that ask the same at the same moment.
  template <class Ask>
  static std::vector<HttpResponse> at_once(Ask ask) {
    std::vector<std::unique_ptr<Api>> apis;
    for (std::size_t i = 0; i < clients; ++i) apis.push_back(std::make_unique<Api>(site().at(i)));
    std::vector<HttpResponse> answers(clients);
    race(clients, [&](int i) {
      const auto index = static_cast<std::size_t>(i);
      answers[index] = ask(*apis[index]);
    });
    return answers;
  }
  static int count(const std::vector<HttpResponse>& answers, int status) {
    int matching = 0;
    for (const auto& answer : answers) matching += answer.status == status ? 1 : 0;
    return matching;
  }

 private:
  static std::unique_ptr<PostgresServer> postgres_;
  static std::unique_ptr<RedisServer> redis_;
  static std::array<std::unique_ptr<MailingSite>, 2> sites_;
};

std::unique_ptr<PostgresServer> Nodes::postgres_;
std::unique_ptr<RedisServer> Nodes::redis_;
std::array<std::unique_ptr<MailingSite>, 2> Nodes::sites_;

TEST_P(Nodes, GiveOneTokenOneSuccessor) {
  auto token = api(0).signed_up(account("ada")).refresh;
  for (int round = 0; round < 10; ++round) {
    const auto answers = at_once([&](Api& api) { return api.refresh(token, "round-" + std::to_string(round)); });
    ASSERT_EQ(count(answers, 200), clients) << "round " << round;
    std::set<std::string> successors;
    for (const auto& answer : answers) successors.insert(tokens_of(answer).refresh);
    ASSERT_EQ(successors.size(), 1U) << "round " << round;
    token = *successors.begin();
  }
}

TEST_P(Nodes, TakeASecondUseForATheftWhoeverSeesIt) {
  for (int round = 0; round < 5; ++round) {
    const auto token = api(0).signed_up(account("bob" + std::to_string(round))).refresh;
    const auto answers = at_once([&](Api& api) { return api.refresh(token); });
    ASSERT_LE(count(answers, 200), 1) << "round " << round;
    ASSERT_EQ(count(answers, 200) + count(answers, 401), clients) << "round " << round;
    for (const auto& answer : answers) {
      if (answer.status != 200) continue;
      EXPECT_EQ(api(1).user(tokens_of(answer).access).status, 401);
    }
  }
}

TEST_P(Nodes, RefuseWhatAnotherHasRevokedAsSoonAsItHasAnswered) {
  const auto who = account("cleo");
  std::vector<Api> apis;
  for (std::size_t node = 0; node < node_count; ++node) apis.push_back(api(node));
  apis[0].signed_up(who);
  for (std::size_t round = 0; round < 12; ++round) {
    const auto victim = apis[round % node_count].logged_in(who);
    // Whatever a server remembers of it, it remembers now.
    for (auto& api : apis) ASSERT_EQ(api.user(victim.access).status, 200) << "round " << round;
    auto& ender = apis[(round + 1) % node_count];
    const auto ended = round % 2 == 0 ? ender.logout(victim.access) : ender.revoke_all(victim.access);
    ASSERT_EQ(ended.status / 100, 2) << ended.body;
    for (auto& api : apis) {
      ASSERT_EQ(api.user(victim.access).status, 401) << "round " << round;
      ASSERT_EQ(api.refresh(victim.refresh).status, 401) << "round " << round;
    }
  }
}

TEST_P(Nodes, TakeAMailedTokenOnce) {
  const auto who = account("dora");
  api(0).signed_up(who);
  const auto address = json_object({{"token", json_string(site().mailed_token(who.email))}});
  const auto verified = at_once([&](Api& api) { return api.http().post("/auth/verify-email", address); });
  EXPECT_EQ(count(verified, 400), clients - 1);
  api(1).http().post("/auth/forgot-password", json_object({{"email", json_string(who.email)}}));
  const auto reset = json_object(
      {{"token", json_string(site().mailed_token(who.email))}, {"password", json_string("Quiet-Lantern-52")}});
  const auto changed = at_once([&](Api& api) { return api.http().post("/auth/reset-password", reset); });
  EXPECT_EQ(count(changed, 400), clients - 1);
  EXPECT_EQ(api(2).login({.email = who.email, .password = "Quiet-Lantern-52"}).status, 200);
}

TEST_P(Nodes, SendEachMailOnce) {
  constexpr std::size_t signups = 30;
  site().wait_for_mails();
  const auto before = site().mails();
  for (std::size_t i = 0; i < signups; ++i) api(i).signed_up(account("erik" + std::to_string(i)));
  site().wait_for_mails();
  EXPECT_EQ(site().mails() - before, signups);
}

TEST_P(Nodes, SendAtOnceWhatOneThatSendsNoneHasToSend) {
  const auto who = account("postless");
  api(0).signed_up(who);
  EXPECT_FALSE(site().mailed_token(who.email).empty());
}

TEST_P(Nodes, CountRequestsTogether) {
  if (GetParam() == Stores::Postgres) GTEST_SKIP() << "each server counts for itself: the limits are in memory";
  const auto asked = json_object({{"email", json_string(account("fay").email)}});
  for (std::size_t i = 0; i < 8; ++i) {
    const auto answer = api(i).http().post("/auth/forgot-password", asked);
    EXPECT_EQ(answer.status == 429, i >= 4) << "request " << i << " got " << answer.status;
  }
}

// Each turn is one period's at most, so three servers that all clean up would be seen.
TEST_P(Nodes, CleanUpOnceAPeriodAllTogether) {
  site().wait_for_cleanups(3);
  const auto done = site().turns("done");
  EXPECT_GE(done, 1);
  EXPECT_GE(site().turns("left_to_another"), 1);
  EXPECT_EQ(site().turns("failed"), 0);
  EXPECT_LE(done, site().cleanups());
}

// On whatever store: the counters are records like all others.
TEST_P(Nodes, CountWrongPasswordsTogether) {
  const auto known = account("gus");
  api(0).signed_up(known);
  for (const auto& email : {known.email, account("nobody").email}) {
    const auto answers =
        at_once([&](Api& api) { return api.login({.email = email, .password = "Violet-Harbour-42"}); });
    EXPECT_EQ(count(answers, 401), 5) << email;
    EXPECT_EQ(count(answers, 429), clients - 5) << email;
  }
  for (std::size_t node = 0; node < node_count; ++node) {
    EXPECT_EQ(api(node).login(known).status, 429);
    EXPECT_EQ(Api(site().at(node), "/auth", "127.0.0." + std::to_string(node + 2)).login(known).status, 200);
  }
}

TEST_P(Nodes, AreAllToldWhenAnOperatorUnlocks) {
  const auto who = account("hal");
  api(0).signed_up(who);
  for (std::size_t i = 0; i < 5; ++i) api(i).login({.email = who.email, .password = "Violet-Harbour-42"});
  ASSERT_EQ(api(0).login(who).status, 429);
  const auto nobody = site().command({"users", "unlock", account("nobody").email});
  EXPECT_EQ(nobody.code, 1) << nobody.out;
  EXPECT_EQ(api(0).login(who).status, 429);
  const auto unlocked = site().command({"users", "unlock", "HAL@example.org"});
  EXPECT_EQ(unlocked.code, 0) << unlocked.err;
  EXPECT_THAT(unlocked.out, testing::StartsWith(who.email + " is unlocked"));
  EXPECT_THAT(site().command({"users", "unlock", who.email}).out, testing::StartsWith(who.email + " was not locked"));
  EXPECT_EQ(api(1).login(who).status, 200);
}

std::string name_of(const testing::TestParamInfo<Stores>& info) {
  return info.param == Stores::Postgres ? "OnPostgres" : "OnPostgresAndRedis";
}
INSTANTIATE_TEST_SUITE_P(All, Nodes, testing::Values(Stores::Postgres, Stores::PostgresAndRedis), name_of);

}  // namespace
}  // namespace gatehouse::test
