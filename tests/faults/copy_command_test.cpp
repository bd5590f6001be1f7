// SPDX-License-Identifier: Apache-2.0
#include "store_copy_fixture.h"

#include <gmock/gmock.h>

#include <signal.h>

#include <chrono>
#include <string>

// `gatehouse store copy` over real stores, with nobody else at work.
namespace gatehouse::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class StoreCopyCommand : public StoreCopyOverServers {
 protected:
  // From one schema of the database to another.
  std::string two_schemas(const std::string& chain = "default = [\"a\"]") {
    const auto file = config(chain, postgres_block("a", "a") + postgres_block("b", "b"));
    must({"migrate", "up", "a"}, file);
    must({"migrate", "up", "b"}, file);
    return file;
  }
  void make_sessions(int count) const {
    sql("INSERT INTO a.sessions SELECT 'default', 'user' || n % 997, 'session' || n, 1, 'user' || n % 997, 'active', "
        "now(), now(), t, t, t, false, now(), NULL, NULL, 'dev' || n, '192.0.2.77', NULL, 0, n, 0, now(), now(), "
        "decode('00ff', 'hex'), 0, false, 0, now(), NULL, 'salt', 'jti' || n, NULL, t "
        "FROM generate_series(1, " +
        std::to_string(count) + ") n, (SELECT now() + interval '1 day' AS t) t");
  }
  std::string copied() const { return sql("SELECT count(*) FROM b.sessions"); }
  // Everything but what counts changes in one store.
  std::string different() const {
    const std::string values =
        "SELECT (to_jsonb(s) - 'record_version' - 'expiry_floor')::text FROM a.sessions s EXCEPT "
        "SELECT (to_jsonb(s) - 'record_version' - 'expiry_floor')::text FROM b.sessions s";
    return sql("SELECT count(*) FROM (" + values + ") d");
  }
  static ProgramResult copy(const std::string& file, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"store", "copy", "--from", "a", "--to", "b", "--kinds", "session"};
    words.insert(words.end(), more.begin(), more.end());
    return run(words, file);
  }
};

TEST_F(StoreCopyCommand, KilledInTheMiddleIsTakenUpByTheNextOne) {
  const auto file = two_schemas();
  make_sessions(20'000);
  auto call = command({"store", "copy", "--from", "a", "--to", "b", "--kinds", "session"}, file);
  call.out = folder_.path() / "out";
  call.err = folder_.path() / "err";
  call.dies_with_us = true;
  {
    Program copying(call);
    while (copied() == "0") ASSERT_FALSE(copying.wait(std::chrono::milliseconds(1))) << read_file(call.err);
    copying.signal(SIGKILL);
    ASSERT_EQ(copying.wait(std::chrono::seconds(30)), 128 + SIGKILL);
  }
  ASSERT_LT(std::stoi(copied()), 20'000) << "it was done before it was killed";
  const auto rest = copy(file, {"--verify"});
  EXPECT_EQ(rest.code, 0) << rest.err;
  EXPECT_THAT(rest.out, HasSubstr("both hold the same"));
  EXPECT_EQ(copied(), "20000");
  EXPECT_EQ(different(), "0");
  EXPECT_THAT(rest.err, Not(HasSubstr("feed names"))) << "the default feed is nothing to warn of";
  EXPECT_EQ(sql("SELECT max(record_version) FROM b.sessions"), "1") << "nothing was written twice";
}

TEST_F(StoreCopyCommand, EndedByASignalSaysHowToGoOn) {
  const auto file = two_schemas();
  make_sessions(20'000);
  auto call = command({"store", "copy", "--from", "a", "--to", "b", "--kinds", "session"}, file);
  call.out = folder_.path() / "out";
  call.err = folder_.path() / "err";
  call.dies_with_us = true;
  Program copying(call);
  while (copied() == "0") ASSERT_FALSE(copying.wait(std::chrono::milliseconds(1))) << read_file(call.err);
  copying.signal(SIGINT);
  EXPECT_EQ(copying.wait(std::chrono::seconds(30)), 1);
  EXPECT_THAT(read_file(call.err), HasSubstr("run it again, it goes on where it ended"));
}

TEST_F(StoreCopyCommand, VerificationNamesWhatDiffersAndNoValues) {
  const auto file = two_schemas();
  make_sessions(1'500);
  ASSERT_EQ(copy(file).code, 0);
  sql("UPDATE a.sessions SET ip = '198.51.100.5' WHERE id = 'session7'");
  sql("UPDATE b.sessions SET ip = '198.51.100.6' WHERE id = 'session7'");
  sql("DELETE FROM a.sessions WHERE id = 'session8'");
  const auto looked = copy(file, {"--dry-run", "--mirror"});
  EXPECT_EQ(looked.code, 0);
  EXPECT_EQ(copied(), "1500");
  const auto added = copy(file, {"--verify"});
  EXPECT_EQ(added.code, 1);
  EXPECT_THAT(added.err, AllOf(HasSubstr("default/user8/session8: only in the target"), HasSubstr("--mirror deletes"),
                               HasSubstr("session: 1499 in a, 1500 in b; 0 only in a, 1 only in b, 0 differ"),
                               Not(HasSubstr("198.51"))));
  const auto mirrored = copy(file, {"--mirror", "--verify", "--format", "json"});
  EXPECT_EQ(mirrored.code, 0) << mirrored.err;
  EXPECT_THAT(mirrored.out, AllOf(HasSubstr(R"("deleted":1)"), HasSubstr(R"("complete":true,"verified":true)")));
  EXPECT_EQ(different(), "0");
}

TEST_F(StoreCopyCommand, IntoTheStoreThatIsInUseIsRefused) {
  const auto file = two_schemas("default = [\"b\"]");
  make_sessions(1);
  const auto refused = copy(file);
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("keep session in b"), HasSubstr("revoked"), HasSubstr("sessions = [\"a\"]")));
  EXPECT_EQ(copied(), "0");
}

TEST_F(StoreCopyCommand, IntoADatabaseThatIsNotMigratedIsRefusedWithTheCommandToRun) {
  const auto file = config("default = [\"a\"]", postgres_block("a", "a") + postgres_block("b", "b"));
  must({"migrate", "up", "a"}, file);
  const auto refused = copy(file);
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("run `gatehouse migrate up`"));
}

TEST_F(StoreCopyCommand, OfAKindThatTheTargetCannotHoldIsRefusedInItsWords) {
  const auto file = config("default = [\"postgres\"]", postgres_block() + redis_block());
  must({"migrate", "up"}, file);
  const auto refused = run({"store", "copy", "--from", "postgres", "--to", "redis", "--kinds", "user"}, file);
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("redis"), HasSubstr("user"), HasSubstr("unique")));
}

TEST_F(StoreCopyCommand, GoesFromPostgresToRedisAndBack) {
  const auto file = config("default = [\"a\"]", postgres_block("a", "a") + postgres_block("b", "b") + redis_block());
  must({"migrate", "up", "a"}, file);
  must({"migrate", "up", "b"}, file);
  make_sessions(3'000);
  const std::vector<std::string> rest = {"--kinds", "session", "--verify"};
  auto words = std::vector<std::string>{"store", "copy", "--from", "a", "--to", "redis"};
  words.insert(words.end(), rest.begin(), rest.end());
  must(words, file);
  words[3] = "redis";
  words[5] = "b";
  must(words, file);
  EXPECT_EQ(copied(), "3000");
  EXPECT_EQ(different(), "0");
}

}  // namespace
}  // namespace gatehouse::test
