// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// A production server without a file, over a PostgreSQL and a Redis of its own, as the environment names them.
namespace gatehouse::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Environment = std::vector<std::pair<std::string, std::optional<std::string>>>;

constexpr std::uint16_t nobodys_port = 1;

// Nobody listens at the mail server's port: what is to be mailed waits in the store.
Environment environment(const TempFolder& folder, const std::string& database, std::uint16_t redis) {
  return {{"DATABASE_URL", database},
          {"REDIS_URL", "redis://127.0.0.1:" + std::to_string(redis) + "/1"},
          {"HMAC_SECRETS", "5f0c7d9be1483a26d7705cb94e18f3620bd59a7c31e4f86a92d0471ebc635d8f"},
          {"KMS_PROVIDER", "local"},
          {"MAIL_PROVIDER", "smtp"},
          {"SMTP_HOST", "127.0.0.1"},
          {"SMTP_PORT", std::to_string(nobodys_port)},
          {"SMTP_USER", "mailer"},
          {"SMTP_PASS", "canary-of-smtp"},
          {"SMTP_FROM", "Example <no-reply@example.com>"},
          {"JWT_ACCESS_EXPIRES_IN", "7m"},
          {"JWT_REFRESH_EXPIRES_IN", "14d"},
          {"MAIL_DIRECT", "true"},
          {"GATEHOUSE__PUBLIC_URL", "https://auth.example.com"},
          {"GATEHOUSE__STATE_DIR", (folder.path() / "state").string()},
          {"GATEHOUSE__PASSWORDS__HASH__MEMORY", "8MiB"},
          {"GATEHOUSE__LOGIN__MIN_RESPONSE", "0ms"}};
}

ProgramResult gatehouse(const Environment& environment, std::vector<std::string> words) {
  words.insert(words.begin(), server_binary().string());
  return run_program({.arguments = std::move(words), .environment = environment});
}

std::string management(const ServerProcess& server, const std::string& path) {
  return HttpClient(server.management()).get(path).body;
}

TEST(ChainsAndVariables, ServeWithoutAFileAndFallBackOnlyAtAStartAndSaySo) {
  const TempFolder folder;
  PostgresServer postgres;
  RedisServer redis({.tcp = true});
  postgres.sql("CREATE DATABASE auth");
  const auto rows = [&](const std::string& what) { return postgres.sql("SELECT " + what, "auth"); };
  const auto variables = environment(folder, postgres.url("auth"), redis.port());

  // Redis is away and the next in the chain is not migrated: that is no outage to step over.
  const auto refused = gatehouse(environment(folder, postgres.url("auth"), nobodys_port), {"serve"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.out + refused.err, AllOf(HasSubstr("storage.sessions"), HasSubstr("run `gatehouse migrate up`")));

  const auto migrated = gatehouse(variables, {"migrate", "up"});
  ASSERT_EQ(migrated.code, 0) << migrated.out << migrated.err;
  const auto keys = gatehouse(variables, {"keys", "init"});
  ASSERT_EQ(keys.code, 0) << keys.out << keys.err;

  const auto shown = gatehouse(variables, {"show-config"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  for (const auto* origin :
       {"default = [\"store-postgres\"]  ", "# environment DATABASE_URL",
        "sessions = [\"store-redis\", \"store-postgres\"]", "# environment REDIS_URL",
        "url is set from environment REDIS_URL", "hmac_secrets is set from environment HMAC_SECRETS",
        "# environment JWT_ACCESS_EXPIRES_IN", "password is set from environment SMTP_PASS"}) {
    EXPECT_THAT(shown.out, HasSubstr(origin));
  }
  EXPECT_THAT(shown.out + shown.err, AllOf(Not(HasSubstr("canary")), Not(HasSubstr("5f0c7d9b"))));
  const auto checked = gatehouse(variables, {"check-config"});
  EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
  EXPECT_THAT(checked.out + checked.err, HasSubstr("environment MAIL_DIRECT: warning GH1103"));

  ServerProcess server({.file = false, .environment = variables});
  Tokens before;
  {
    Api api(server.listen());
    before = api.refreshed(api.signed_up(account("ada")).refresh);
    EXPECT_EQ(api.user(before.access).status, 200);
  }
  EXPECT_EQ(rows("count(*) FROM gatehouse.users"), "1");
  EXPECT_EQ(rows("count(*) FROM gatehouse.sessions"), "0") << "sessions are in Redis";
  EXPECT_THAT(management(server, "/readyz"), HasSubstr(R"("storage.sessions":{"chosen":"store-redis","skipped":[]})"));
  EXPECT_EQ(server.stop(), 0);

  redis.kill9();
  server.restart();
  EXPECT_THAT(management(server, "/readyz"),
              AllOf(HasSubstr(R"("storage.sessions":{"chosen":"store-postgres","skipped":[{"plugin":"store-redis",)"
                              R"("why":"unreachable"}]})"),
                    HasSubstr(R"("rate_limit.limiter":{"chosen":"store-memory")"), Not(HasSubstr("memory only"))));
  EXPECT_THAT(server.output(), AllOf(HasSubstr("a member of a chain is skipped until the next start"),
                                     HasSubstr(std::to_string(redis.port()))));
  EXPECT_THAT(management(server, "/metrics"),
              HasSubstr(R"(gatehouse_chain_position{chain="storage.sessions",plugin="store-postgres"} 1)"));
  redis.start();
  Api api(server.listen());
  EXPECT_EQ(api.user(before.access).status, 401) << "a session is in one store only";
  const auto after = api.refreshed(api.logged_in(account("ada")).refresh);
  EXPECT_EQ(api.user(after.access).status, 200);
  EXPECT_NE(rows("count(*) FROM gatehouse.sessions"), "0") << "Redis is back, and nothing switches while it runs";
  EXPECT_EQ(server.stop(), 0);

  server.restart();
  EXPECT_THAT(management(server, "/readyz"), HasSubstr(R"("storage.sessions":{"chosen":"store-redis")"));
  EXPECT_EQ(server.stop(), 0);
  EXPECT_THAT(
      rows("payload FROM gatehouse.events WHERE type = 'storage_switched' ORDER BY time"),
      AllOf(
          HasSubstr(
              R"({"chain":"storage.sessions","from":"store-redis","to":"store-postgres","reason":"unreachable"})"),
          HasSubstr(
              R"({"chain":"storage.sessions","from":"store-postgres","to":"store-redis","reason":"former_choice"})")));
  EXPECT_THAT(server.output(), Not(HasSubstr("canary")));
}

TEST(ChainsAndVariables, AChainThatNobodyCanServeStopsTheServerWithEveryReason) {
  const TempFolder folder;
  const auto refused = gatehouse(environment(folder, "postgresql://app@/auth?host=/nowhere", nobodys_port), {"serve"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.out + refused.err,
              AllOf(HasSubstr("storage.sessions: none of its plugins can be used now"), HasSubstr("plugin store-redis"),
                    HasSubstr("no connection to PostgreSQL")));
}

}  // namespace
}  // namespace gatehouse::test
