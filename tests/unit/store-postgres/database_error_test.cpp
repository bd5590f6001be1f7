// SPDX-License-Identifier: Apache-2.0
#include "database_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace gatehouse::store_postgres {
namespace {

using Loss = DatabaseError::Loss;
using testing::HasSubstr;
using testing::Not;

struct Row {
  const char* sqlstate;
  Step step;
  gh_status status;
  Remedy remedy;
};

class Sqlstates : public testing::TestWithParam<Row> {};

TEST_P(Sqlstates, HaveTheirStatusAndRemedy) {
  const Row& row = GetParam();
  const Verdict verdict = judge(row.sqlstate, Loss::None, row.step);
  EXPECT_EQ(verdict.status, row.status);
  EXPECT_EQ(verdict.remedy, row.remedy);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Sqlstates,
    testing::Values(
        Row{"40001", Step::Commit, GH_UNAVAILABLE, Remedy::Retry},
        Row{"40P01", Step::Inside, GH_UNAVAILABLE, Remedy::Retry},
        Row{"55P03", Step::Inside, GH_UNAVAILABLE, Remedy::Retry}, Row{"57014", Step::Commit, GH_TIMEOUT, Remedy::None},
        Row{"25006", Step::Commit, GH_UNAVAILABLE, Remedy::ReconnectAll},
        Row{"57P01", Step::Read, GH_UNAVAILABLE, Remedy::ReconnectAll},
        Row{"57P01", Step::Inside, GH_UNAVAILABLE, Remedy::ReconnectAll},
        Row{"57P01", Step::Commit, GH_IN_DOUBT, Remedy::ReconnectAll},
        Row{"57P02", Step::Commit, GH_IN_DOUBT, Remedy::ReconnectAll},
        Row{"57P03", Step::Inside, GH_UNAVAILABLE, Remedy::ReconnectAll},
        Row{"25P03", Step::Inside, GH_UNAVAILABLE, Remedy::Reconnect},
        Row{"08006", Step::Inside, GH_UNAVAILABLE, Remedy::Reconnect},
        Row{"53100", Step::Commit, GH_UNAVAILABLE, Remedy::None},
        Row{"53200", Step::Commit, GH_UNAVAILABLE, Remedy::Reconnect},
        Row{"53300", Step::Read, GH_UNAVAILABLE, Remedy::Reconnect},
        Row{"53400", Step::Read, GH_UNAVAILABLE, Remedy::None}, Row{"58030", Step::Read, GH_UNAVAILABLE, Remedy::None},
        Row{"0A000", Step::Read, GH_UNAVAILABLE, Remedy::Reconnect},
        Row{"26000", Step::Read, GH_UNAVAILABLE, Remedy::Reconnect},
        Row{"42501", Step::Commit, GH_DENIED, Remedy::None}, Row{"28P01", Step::Read, GH_DENIED, Remedy::Reconnect},
        Row{"3D000", Step::Read, GH_DENIED, Remedy::Reconnect}, Row{"42P01", Step::Read, GH_UNAVAILABLE, Remedy::None},
        Row{"42703", Step::Read, GH_UNAVAILABLE, Remedy::None}, Row{"54000", Step::Commit, GH_INVALID, Remedy::None},
        Row{"22021", Step::Commit, GH_INVALID, Remedy::None}, Row{"23514", Step::Commit, GH_INVALID, Remedy::None},
        Row{"XX000", Step::Commit, GH_INTERNAL, Remedy::Reconnect},
        Row{"", Step::Read, GH_INTERNAL, Remedy::Reconnect}));

TEST(ProgramLimits, OfARecordAreFinalAndThoseOfTheQueueOfAnnouncementsPass) {
  const DatabaseError record("54000", Loss::None, "ERROR:  index row size 5000 exceeds btree version 4 maximum 2704");
  EXPECT_EQ(judge(record, Step::Commit).status, GH_INVALID);
  for (const char* words : {"ERROR:  too many notifications in the NOTIFY queue",
                            "FEHLER:  zu viele Benachrichtigungen in NOTIFY-Schlange"}) {
    const DatabaseError queue("54000", Loss::None, words);
    EXPECT_EQ(judge(queue, Step::Commit).status, GH_UNAVAILABLE);
    EXPECT_THAT(to_status(queue, Step::Commit).sentence(), HasSubstr("the queue of NOTIFY is full"));
  }
}

TEST(Losses, OfAConnectionAreInDoubtOnlyWhereSomethingMayHaveHappened) {
  EXPECT_EQ(judge("", Loss::Connection, Step::Read).status, GH_UNAVAILABLE);
  EXPECT_EQ(judge("", Loss::Connection, Step::Inside).status, GH_UNAVAILABLE);
  EXPECT_EQ(judge("", Loss::Connection, Step::Commit).status, GH_IN_DOUBT);
  EXPECT_EQ(judge("", Loss::Deadline, Step::Read).status, GH_TIMEOUT);
  EXPECT_EQ(judge("", Loss::Deadline, Step::Inside).status, GH_TIMEOUT);
  EXPECT_EQ(judge("", Loss::Deadline, Step::Commit).status, GH_IN_DOUBT);
}

TEST(Losses, NeverKeepTheConnection) {
  for (const Step step : {Step::Read, Step::Inside, Step::Commit}) {
    EXPECT_EQ(judge("", Loss::Connection, step).remedy, Remedy::Reconnect);
    EXPECT_EQ(judge("", Loss::Deadline, step).remedy, Remedy::Reconnect);
  }
}

TEST(Sentences, OfErrorsAboutDataDoNotShowTheData) {
  const DatabaseError error("23514", Loss::None,
                            "ERROR: new row violates\nDETAIL: Failing row contains (ada@example.com)");
  EXPECT_THAT(to_status(error, Step::Commit).sentence(), Not(HasSubstr("row")));
  const DatabaseError other("53100", Loss::None, "ERROR: disk full\nDETAIL: ada@example.com");
  EXPECT_THAT(to_status(other, Step::Commit).sentence(), HasSubstr("disk full"));
  EXPECT_THAT(to_status(other, Step::Commit).sentence(), Not(HasSubstr("ada")));
}

TEST(Refusal, IsWhatDoesNotPassByItself) {
  for (const char* words :
       {"connection to server failed: FATAL:  password authentication failed for user \"app\"",
        "FATAL:  database \"auth\" does not exist", "FATAL:  role \"app\" is not permitted to log in",
        "FATAL:  no pg_hba.conf entry for host"}) {
    EXPECT_TRUE(is_refusal(words)) << words;
  }
  for (const char* words :
       {"Connection refused", "FATAL:  the database system is starting up", "FATAL:  sorry, too many clients already",
        "FATAL:  the database system is shutting down", "timeout expired", "could not translate host name",
        "a: FATAL:  password authentication failed\nb: Connection refused", ""}) {
    EXPECT_FALSE(is_refusal(words)) << words;
  }
}

}  // namespace
}  // namespace gatehouse::store_postgres
