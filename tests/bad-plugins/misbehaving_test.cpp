// SPDX-License-Identifier: Apache-2.0
// Plugins that do wrong while the server runs: what is denied, what goes on, what ends.
#include "bad_server.h"

#include <csignal>

namespace gatehouse::test {
namespace {

struct WrongAnswer {
  std::string key;
  std::string fault;
  int status = 500;
};
void PrintTo(const WrongAnswer& wrong, std::ostream* out) { *out << wrong.key; }

class AWrongAnswer : public BadServer, public ::testing::WithParamInterface<WrongAnswer> {};

INSTANTIATE_TEST_SUITE_P(Of, AWrongAnswer,
                         ::testing::Values(WrongAnswer{"throws", "throw"},
                                           WrongAnswer{"unknown-status", "unknown_status"},
                                           WrongAnswer{"unavailable", "unavailable", 503},
                                           WrongAnswer{"size-without-bytes", "size_without_bytes"},
                                           WrongAnswer{"huge-size", "huge_size"}, WrongAnswer{"not-utf8", "not_utf8"},
                                           WrongAnswer{"too-many-values", "too_many_values"},
                                           WrongAnswer{"another-record", "other_record"},
                                           WrongAnswer{"record-and-error", "record_and_error"},
                                           WrongAnswer{"ok-without-record", "ok_without_record"}));

TEST_P(AWrongAnswer, IsDeniedAndNothingElseSuffers) {
  start_with({.kind = GetParam().fault});
  const auto tokens = api().signed_up(account("ada"));
  ASSERT_EQ(api().user(tokens.access).status, 200);
  begin();
  const auto answer = api().user(tokens.access);
  EXPECT_EQ(answer.status, GetParam().status) << answer.body;
  for (const char* inside : {"plugin", "store.get"}) {
    EXPECT_EQ(answer.body.find(inside), std::string::npos) << "the client learns about plugins: " << answer.body;
  }
  EXPECT_EQ(api().refresh(tokens.refresh).status, GetParam().status);
  EXPECT_EQ(keys().status, 200);
  EXPECT_NE(livez().find("alive"), std::string::npos);
  EXPECT_GT(of_bad("gatehouse_plugin_call_errors_total", {"op=\"store.get\""}), 0);
  end();
  EXPECT_EQ(api().user(tokens.access).status, 200) << "it is right again, and so is the server";
  EXPECT_EQ(api().refresh(tokens.refresh).status, 200) << "the token was not spent by a call that was denied";
  EXPECT_EQ(server().stop(), 0);
  EXPECT_TRUE(operator_reads(server().output(), GetParam().key));
  EXPECT_EQ(fault_row(GetParam().key).does, "serves on");
}

using Misbehaving = BadServer;

TEST_F(Misbehaving, ACallbackFromACallThatHasEndedIsCountedAndIgnored) {
  start_with({.kind = "late_callback"});
  const auto tokens = api().signed_up(account("ada"));
  begin();
  EXPECT_EQ(api().user(tokens.access).status, 200);
  EXPECT_EQ(api().user(tokens.access).status, 200);
  EXPECT_GT(of_bad("gatehouse_plugin_misuse_total"), 0);
  EXPECT_TRUE(operator_reads(metrics(), "late-callback"));
  EXPECT_EQ(fault_row("late-callback").does, "serves on");
}

TEST_F(Misbehaving, AThreadThatOutlivesItsInstanceDoesNotDisturbTheEnd) {
  start_with({.kind = "outlive", .in = "destroy", .latched = false});
  api().signed_up(account("ada"));
  EXPECT_EQ(server().stop(), 0);
  EXPECT_TRUE(operator_reads(server().output(), "outlives-destroy"));
  EXPECT_EQ(fault_row("outlives-destroy").does, "serves on");
}

TEST_F(Misbehaving, MemoryItLeaksIsTheProcesss) {
  start_with({.kind = "leak"});
  const auto tokens = api().signed_up(account("ada"));
  begin();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(api().user(tokens.access).status, 200);
  EXPECT_TRUE(operator_reads(metrics(), "leaks"));
  EXPECT_EQ(fault_row("leaks").does, "serves on");
}

TEST_F(Misbehaving, CallsThatAreAlwaysTooLateTakeItOutOfService) {
  start_with({.kind = "slow", .lines = "call_timeout = \"50ms\""});
  // On a busy machine an honest call may be too late as well.
  Tokens tokens;
  int tries = 0;
  ASSERT_TRUE(becomes([&] {
    const auto answer = api().signup(account("ada" + std::to_string(++tries)));
    if (answer.status < 300) tokens = tokens_of(answer);
    return answer.status < 300;
  }));
  begin();
  EXPECT_TRUE(becomes([&] {
    (void)api().user(tokens.access);
    return of_bad("gatehouse_plugin_breaker", {"state=\"open\""}) == 1;
  }));
  EXPECT_EQ(api().user(tokens.access).status, 503);
  EXPECT_GE(of_bad("gatehouse_plugin_overdue_total"), 5);
  EXPECT_EQ(keys().status, 200);
  end();
  EXPECT_TRUE(becomes([&] { return api().user(tokens.access).status == 200; }));
  EXPECT_EQ(server().stop(), 0);
  EXPECT_TRUE(operator_reads(server().output(), "slow"));
  EXPECT_EQ(fault_row("slow").does, "serves on");
}

TEST_F(Misbehaving, FurtherExportsStayToThemselves) {
  start_with({.kind = "none", .library = std::filesystem::path(GATEHOUSE_BAD_PLUGINS) / "open" / "bad-store.so"});
  EXPECT_EQ(api().user(api().signed_up(account("ada")).access).status, 200);
  EXPECT_EQ(fault_row("two-exports").does, "serves on");
}

struct WrongLife {
  std::string key;
  std::string fault;
  std::string in;
};
void PrintTo(const WrongLife& wrong, std::ostream* out) { *out << wrong.key; }

class AWrongBeginning : public BadServer, public ::testing::WithParamInterface<WrongLife> {};

INSTANTIATE_TEST_SUITE_P(Of, AWrongBeginning,
                         ::testing::Values(WrongLife{"create-throws", "throw", "create"},
                                           WrongLife{"create-result-and-error", "result_and_error", "create"},
                                           WrongLife{"start-fails", "unavailable", "start"},
                                           WrongLife{"start-throws", "throw", "start"},
                                           WrongLife{"open-unknown-status", "unknown_status", "open"}));

TEST_P(AWrongBeginning, StopsTheStart) {
  try {
    start_with({.kind = GetParam().fault, .in = GetParam().in, .latched = false});
    FAIL() << "it started";
  } catch (const std::runtime_error& failure) {
    const std::string words = failure.what();
    const auto does = fault_row(GetParam().key).does;
    EXPECT_EQ(does.substr(0, 16), "does not start: ");
    EXPECT_NE(words.find("ended with code " + does.substr(16) + ':'), std::string::npos) << words;
    EXPECT_TRUE(operator_reads(words, GetParam().key));
  }
}

struct Ending {
  std::string key;
  std::string fault;
  int code = 0;
};
void PrintTo(const Ending& ending, std::ostream* out) { *out << ending.key; }

class ItEndsTheServer : public BadServer, public ::testing::WithParamInterface<Ending> {};

INSTANTIATE_TEST_SUITE_P(In, ItEndsTheServer,
                         ::testing::Values(Ending{"crashes", "crash", 128 + SIGSEGV},
                                           Ending{"uses-up-the-stack", "stack", 128 + SIGSEGV},
                                           Ending{"aborts", "abort", 128 + SIGABRT}, Ending{"exits", "exit", 1}));

TEST_P(ItEndsTheServer, WithWordsThatNameThePlugin) {
#ifdef GATEHOUSE_SANITIZED
  if (GetParam().fault != "exit") GTEST_SKIP() << "a sanitizer reports crashes itself";
#endif
  start_with({.kind = GetParam().fault});
  const auto tokens = api().signed_up(account("ada"));
  begin();
  EXPECT_THROW(api().user(tokens.access), std::runtime_error) << "it answered";
  EXPECT_EQ(server().wait(), GetParam().code);
  const auto output = server().output();
  EXPECT_TRUE(operator_reads(output, GetParam().key));
  EXPECT_EQ(output.find(tokens.access), std::string::npos);
  const auto how = GetParam().code == 128 + SIGSEGV   ? std::string("SIGSEGV")
                   : GetParam().code == 128 + SIGABRT ? "SIGABRT"
                                                      : std::to_string(GetParam().code);
  EXPECT_EQ(fault_row(GetParam().key).does, "ends: " + how);
}

}  // namespace
}  // namespace gatehouse::test
