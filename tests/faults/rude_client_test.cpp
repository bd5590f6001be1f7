// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/raw_socket.h"

#include <signal.h>
#include <sys/socket.h>

namespace gatehouse::test {
namespace {

// Ends the connection by RST, whatever is on its way.
void slam(RawSocket& socket) {
  const linger at_once{1, 0};
  ::setsockopt(socket.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  const RawSocket gone = std::move(socket);
}

class RudeClient : public ApiTest {
 protected:
  void SetUp() override { start({.settings = {{"server.max_connections", "64"}}}); }

  std::string login_bytes() const {
    const auto body = json_object({{"email", R"("ada@example.org")"}, {"password", R"("Violet-Harbour-41")"}});
    return serialise({"POST", "/auth/login", {{"Content-Type", "application/json"}}, body}, "x");
  }
};

TEST_F(RudeClient, WhoLeavesInTheMiddleLeavesNothingBehind) {
  ASSERT_EQ(api().signup(account("ada")).status, 201);
  const auto files = server().open_files();
  const auto request = login_bytes();
  for (std::size_t cut = 1; cut <= request.size(); ++cut) {
    RawSocket socket(server().listen());
    socket.send(std::string_view(request).substr(0, cut));
    slam(socket);
  }
  EXPECT_EQ(api().login(account("ada")).status, 200);
  // Whoever was cut off is noticed by the time the next one has been served, or shortly after.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (server().open_files() > files + 4 && std::chrono::steady_clock::now() < until) {
    ASSERT_EQ(api().login(account("ada")).status, 200);
  }
  EXPECT_LE(server().open_files(), files + 4);
}

TEST_F(RudeClient, AtTheCapTheOldestIdleConnectionMakesRoom) {
  std::vector<RawSocket> idle;
  for (int i = 0; i < 100; ++i) idle.emplace_back(server().listen());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(HttpClient(server().listen()).get("/.well-known/jwks.json").status, 200);
  }
  EXPECT_LT(server().open_files(), 64U + 40U);
}

TEST_F(RudeClient, ASighupEndsNothing) {
  const auto tokens = api().signed_up(account("ada"));
  for (int i = 0; i < 20; ++i) server().signal(SIGHUP);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(api().user(tokens.access).status, 200);
}

// The answer of a refresh is lost after the token was spent. Whoever tries again under the same name gets the
// successor.
TEST_F(RudeClient, AnAnswerLostOnTheWayLogsNobodyOutWhoRetriesByName) {
  auto token = api().signed_up(account("ada")).refresh;
  for (int round = 0; round < 500; ++round) {
    const auto key = "round-" + std::to_string(round);
    const auto request = serialise({"POST",
                                    "/auth/refresh",
                                    {{"Content-Type", "application/json"}, {"Idempotency-Key", key}},
                                    json_object({{"refreshToken", json_string(token)}})},
                                   "x");
    RawSocket socket(server().listen());
    ASSERT_TRUE(socket.send(request));
    std::string lost;
    ASSERT_EQ(socket.receive(lost, std::chrono::seconds(10)), RawSocket::Event::Data);
    slam(socket);
    const auto response = api().refresh(token, key);
    ASSERT_EQ(response.status, 200) << "round " << round << ' ' << response.body;
    token = tokens_of(response).refresh;
  }
}

}  // namespace
}  // namespace gatehouse::test
