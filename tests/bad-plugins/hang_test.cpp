// SPDX-License-Identifier: Apache-2.0
// A plugin that hangs takes its own places and nothing else: whoever does not need it goes on being served, the
// operator sees what hangs, and when it comes back everything is as before.
#include "bad_server.h"
#include "support/raw_socket.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <deque>

namespace gatehouse::test {
namespace {

constexpr std::chrono::seconds patience{30};

class HangingPlugin : public BadServer {
 protected:
  void TearDown() override {
    hung_.clear();
    if (writer_ >= 0) ::close(writer_);
    BadServer::TearDown();
  }

  // Sends a request that will hang, and goes.
  void hang_one(const std::string& token) {
    hung_.emplace_back(server().listen());
    hung_.back().send("GET /auth/user HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + token +
                      "\r\n\r\n");
  }
  // All that hang go on, and nobody hangs any more.
  void let_go() {
    writer_ = ::open(latch().c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    end();
  }

  std::deque<RawSocket> hung_;
  int writer_ = -1;
};

// Fewer threads than calls hang: were they not replaced, nobody would be served.
TEST_F(HangingPlugin, TakesItsOwnPlacesAndNoMore) {
  start_with({.kind = "hang",
              .lines = "max_calls = 8\ncall_timeout = \"1m\"",
              .settings = {{"server.threads", "2"}, {"server.handler_timeout", "\"1m\""}}});
  const auto tokens = api().signed_up(account("ada"));
  begin();
  for (int i = 0; i < 8; ++i) hang_one(tokens.access);
  ASSERT_TRUE(becomes([&] { return of_bad("gatehouse_plugin_calls_in_flight") == 8; }));
  EXPECT_EQ(of_bad("gatehouse_plugin_call_slots"), 8);

  for (int i = 0; i < 20; ++i) ASSERT_EQ(keys().status, 200);
  EXPECT_NE(livez().find("alive"), std::string::npos);
  const auto refused = api().user(tokens.access);
  EXPECT_EQ(refused.status, 503);
  EXPECT_TRUE(refused.header("retry-after").has_value());
  EXPECT_EQ(management("/readyz").status, 503) << "requests that need the store fail, so send them elsewhere";

  let_go();
  for (auto& socket : hung_) EXPECT_EQ(socket.read_all(patience).answers.at(0).status, 200);
  EXPECT_EQ(api().user(tokens.access).status, 200);
  EXPECT_EQ(of_bad("gatehouse_plugin_calls_in_flight"), 0);
  EXPECT_EQ(management("/readyz").status, 200);
}

TEST_F(HangingPlugin, IsTakenOutOfServiceWhenItsCallsAreOverdueAndComesBack) {
  start_with({.kind = "hang", .lines = "call_timeout = \"1s\""});
  const auto tokens = api().signed_up(account("ada"));
  begin();
  for (int i = 0; i < 6; ++i) hang_one(tokens.access);
  ASSERT_TRUE(becomes([&] { return of_bad("gatehouse_plugin_breaker", {"state=\"open\""}) == 1; }));
  EXPECT_EQ(of_bad("gatehouse_plugin_up", {"kind=\"store\""}), 0);
  EXPECT_EQ(api().user(tokens.access).status, 503);
  EXPECT_EQ(keys().status, 200);
  const auto ready = management("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_FALSE(Json::parse(ready.body)["plugins"]["bad"]["up"].boolean());
  EXPECT_TRUE(Json::parse(ready.body)["plugins"]["keys"]["up"].boolean());

  let_go();
  EXPECT_TRUE(becomes([&] { return api().user(tokens.access).status == 200; }));
  EXPECT_EQ(of_bad("gatehouse_plugin_breaker", {"state=\"closed\""}), 1);
  EXPECT_EQ(management("/readyz").status, 200);
  for (auto& socket : hung_) socket.read_all(patience);
  EXPECT_EQ(server().stop(), 0);
  EXPECT_TRUE(operator_reads(server().output(), "hangs"));
  EXPECT_EQ(fault_row("hangs").does, "serves on");
}

TEST_F(HangingPlugin, InItsPingKeepsNoProbeWaiting) {
  start_with({.kind = "hang", .in = "ping"});
  begin();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(management("/readyz").status, 503);
  EXPECT_EQ(of_bad("gatehouse_plugin_calls_in_flight"), 2) << "the store and the limiter, each asked once";
  EXPECT_NE(livez().find("alive"), std::string::npos);
  let_go();
  EXPECT_TRUE(becomes([&] { return management("/readyz").status == 200; }));
}

TEST_F(HangingPlugin, DoesNotKeepTheServerFromStopping) {
  start_with({.kind = "hang",
              .lines = "call_timeout = \"1s\"",
              .settings = {{"server.shutdown_grace", "\"100ms\""}},
              .others = "call_timeout = \"1s\""});
  const auto tokens = api().signed_up(account("ada"));
  begin();
  hang_one(tokens.access);
  ASSERT_TRUE(becomes([&] { return of_bad("gatehouse_plugin_calls_in_flight") == 1; }));
  EXPECT_EQ(server().stop(), 1);
  EXPECT_TRUE(operator_reads(server().output(), "hangs-at-the-end"));
  EXPECT_EQ(fault_row("hangs-at-the-end").does, "ends: 1");
}

}  // namespace
}  // namespace gatehouse::test
