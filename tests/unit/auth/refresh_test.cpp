// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <string_view>
#include <vector>

namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

app::ServiceSettings with_rotation(sessions::RotationPolicy rotation,
                                   auth::OnReuse on_reuse = auth::OnReuse::RevokeUser) {
  app::ServiceSettings settings;
  settings.sessions.rotation = rotation;
  settings.on_reuse = on_reuse;
  return settings;
}

class Refresh : public AuthFixture {};
class RefreshBalanced : public AuthFixture {
 protected:
  RefreshBalanced() : AuthFixture(fast(with_rotation({.window = 10s}))) {}
};
class RefreshMobile : public AuthFixture {
 protected:
  RefreshMobile() : AuthFixture(fast(with_rotation({.window = 10s, .late = 24h, .late_budget = 3}))) {}
};
class RefreshReuseEndsTheSession : public AuthFixture {
 protected:
  RefreshReuseEndsTheSession() : AuthFixture(fast(with_rotation({}, auth::OnReuse::RevokeSession))) {}
};

TEST_F(Refresh, GivesASuccessorAndANewAccessToken) {
  const auto first = signup();
  const auto second = refresh(first.text("refreshToken"));
  ASSERT_EQ(second.status, 200);
  EXPECT_NE(second.text("refreshToken"), first.text("refreshToken"));
  EXPECT_NE(second.text("accessToken"), first.text("accessToken"));
  EXPECT_EQ(second.text("token"), second.text("accessToken"));
  EXPECT_EQ(get("/user", second.text("accessToken")).status, 200);
}

TEST_F(Refresh, LeavesTheFormerAccessTokenAlive) {
  const auto first = signup();
  ASSERT_EQ(refresh(first.text("refreshToken")).status, 200);
  EXPECT_EQ(get("/user", first.text("accessToken")).status, 200);
}

TEST_F(Refresh, SecondUseOfATokenEndsEverySessionOfTheUserAtOnce) {
  const auto first = signup();
  const auto other_device = login();
  const auto second = refresh(first.text("refreshToken"));
  EXPECT_EQ(refresh(first.text("refreshToken")).code, Code::TokenReused);
  EXPECT_EQ(refresh(second.text("refreshToken")).code, Code::SessionRevoked);
  EXPECT_EQ(get("/user", second.text("accessToken")).code, Code::SessionRevoked);
  EXPECT_EQ(get("/user", other_device.text("accessToken")).code, Code::SessionRevoked);
  EXPECT_EQ(refresh(other_device.text("refreshToken")).code, Code::SessionRevoked);
}

TEST_F(Refresh, LogsTheOwnerInAgainAfterAReuse) {
  const auto first = signup();
  ASSERT_EQ(refresh(first.text("refreshToken")).status, 200);
  ASSERT_EQ(refresh(first.text("refreshToken")).code, Code::TokenReused);
  const auto again = login();
  ASSERT_EQ(again.status, 200);
  EXPECT_EQ(get("/user", again.text("accessToken")).status, 200);
  EXPECT_EQ(refresh(again.text("refreshToken")).status, 200);
}

TEST_F(RefreshReuseEndsTheSession, AndLeavesTheUsersOtherSessionsAlone) {
  const auto first = signup();
  const auto other_device = login();
  const auto second = refresh(first.text("refreshToken"));
  EXPECT_EQ(refresh(first.text("refreshToken")).code, Code::TokenReused);
  EXPECT_EQ(refresh(second.text("refreshToken")).code, Code::SessionRevoked);
  EXPECT_EQ(get("/user", other_device.text("accessToken")).status, 200);
}

TEST_F(Refresh, ReplayOfAnyAncestorIsReuse) {
  for (int ancestor = 0; ancestor < 4; ++ancestor) {
    const auto email = "user" + std::to_string(ancestor) + "@example.org";
    std::vector<std::string> lineage{signup(email).text("refreshToken")};
    for (int i = 0; i < 4; ++i) lineage.push_back(refresh(lineage.back()).text("refreshToken"));
    EXPECT_EQ(refresh(lineage[static_cast<std::size_t>(ancestor)]).code, Code::TokenReused) << ancestor;
    EXPECT_EQ(refresh(lineage.back()).code, Code::SessionRevoked) << ancestor;
  }
}

TEST_F(Refresh, ARetryThatNamesItselfGetsTheSameSuccessorHoweverLate) {
  const auto first = signup();
  const auto second = refresh(first.text("refreshToken"), "retry-1");
  clock.advance(24h);
  const auto repeated = refresh(first.text("refreshToken"), "retry-1");
  ASSERT_EQ(repeated.status, 200);
  EXPECT_EQ(repeated.text("refreshToken"), second.text("refreshToken"));
  EXPECT_EQ(refresh(repeated.text("refreshToken"), "retry-2").status, 200);
}

TEST_F(Refresh, ARetryUnderAnotherNameIsReuse) {
  const auto first = signup();
  ASSERT_EQ(refresh(first.text("refreshToken"), "retry-1").status, 200);
  EXPECT_EQ(refresh(first.text("refreshToken"), "retry-2").code, Code::TokenReused);
}

TEST_F(Refresh, TakesARetryFromTheSameDeviceOnly) {
  const auto first = send({.path = "/signup",
                           .body = nlohmann::json{{"email", "eve@example.org"}, {"password", good_password}}.dump(),
                           .headers = {{"x-client-id", "device-1"}}});
  ASSERT_EQ(first.status, 201);
  ASSERT_EQ(refresh(first.text("refreshToken"), "retry-1", "device-1").status, 200);
  EXPECT_EQ(refresh(first.text("refreshToken"), "retry-1", "device-1").status, 200);
  EXPECT_EQ(refresh(first.text("refreshToken"), "retry-1", "device-2").code, Code::TokenReused);
}

TEST_F(RefreshBalanced, TwoTabsGetTheSameSuccessor) {
  const auto first = signup();
  const auto tab_1 = refresh(first.text("refreshToken"));
  const auto tab_2 = refresh(first.text("refreshToken"));
  ASSERT_EQ(tab_2.status, 200);
  EXPECT_EQ(tab_1.text("refreshToken"), tab_2.text("refreshToken"));
}

TEST_F(RefreshBalanced, AReplayAfterTheWindowIsReuse) {
  const auto first = signup();
  ASSERT_EQ(refresh(first.text("refreshToken")).status, 200);
  clock.advance(10s);
  EXPECT_EQ(refresh(first.text("refreshToken")).code, Code::TokenReused);
}

TEST_F(RefreshBalanced, AClockSetBackByADayDoesNotReopenTheWindow) {
  const auto first = signup();
  ASSERT_EQ(refresh(first.text("refreshToken")).status, 200);
  clock.advance(-24h);
  EXPECT_EQ(refresh(first.text("refreshToken")).code, Code::TokenReused);
}

TEST_F(Refresh, AClockThatStandsStillHidesNoReuse) {
  std::vector<std::string> lineage{signup().text("refreshToken")};
  for (int i = 0; i < 3; ++i) lineage.push_back(refresh(lineage.back()).text("refreshToken"));
  EXPECT_EQ(refresh(lineage[1]).code, Code::TokenReused);
}

TEST_F(RefreshMobile, ALostAnswerIsGivenAgainUntilItsTokensWereSeen) {
  const auto first = signup();
  const auto lost = refresh(first.text("refreshToken"));
  clock.advance(1h);
  const auto late = refresh(first.text("refreshToken"));
  ASSERT_EQ(late.status, 200);
  EXPECT_EQ(late.text("refreshToken"), lost.text("refreshToken"));
  ASSERT_EQ(get("/user", late.text("accessToken")).status, 200);
  clock.advance(1h);
  EXPECT_EQ(refresh(first.text("refreshToken")).code, Code::TokenReused);
}

TEST_F(RefreshMobile, AnOldAccessTokenDoesNotConfirmTheNewestGeneration) {
  const auto first = signup();
  ASSERT_EQ(refresh(first.text("refreshToken")).status, 200);
  ASSERT_EQ(get("/user", first.text("accessToken")).status, 200);
  clock.advance(1h);
  EXPECT_EQ(refresh(first.text("refreshToken")).status, 200);
}

TEST_F(Refresh, EndsAtTheIdleAndAtTheAbsoluteLimit) {
  const auto idle = signup("idle@example.org");
  clock.advance(7 * 24h - 1s);
  const auto used = refresh(idle.text("refreshToken"));
  ASSERT_EQ(used.status, 200);
  clock.advance(7 * 24h);
  EXPECT_EQ(refresh(used.text("refreshToken")).code, Code::TokenExpired);

  auto token = signup("busy@example.org").text("refreshToken");
  for (int day = 0; day < 29; ++day) {
    clock.advance(24h);
    const auto next = refresh(token);
    ASSERT_EQ(next.status, 200) << day;
    token = next.text("refreshToken");
  }
  clock.advance(24h);
  EXPECT_EQ(refresh(token).code, Code::TokenExpired);
}

TEST_F(Refresh, AnAccessTokenNeverOutlivesItsSession) {
  const auto first = signup();
  clock.advance(7 * 24h - 60s);
  const auto other = refresh(first.text("refreshToken"));
  ASSERT_EQ(other.status, 200);
  EXPECT_EQ(other.body.at("expiresIn"), 900);
  auto token = other.text("refreshToken");
  for (int i = 0; i < 3; ++i) {
    clock.advance(7 * 24h - 60s);
    token = refresh(token).text("refreshToken");
  }
  clock.advance(2 * 24h + 4 * 60s - 100s + 60s);
  const auto last = refresh(token);
  ASSERT_EQ(last.status, 200);
  EXPECT_LE(last.body.at("expiresIn").get<int>(), 100);
}

TEST_F(Refresh, ReadsTheSessionAndItsUserInOneCall) {
  const auto tokens = signup();
  auto gets = store_faults.calls(StoreVerb::Get);
  const auto refreshed = refresh(tokens.text("refreshToken"));
  ASSERT_EQ(refreshed.status, 200);
  EXPECT_EQ(store_faults.calls(StoreVerb::Get), ++gets);
  ASSERT_EQ(get("/user", refreshed.text("accessToken")).status, 200);
  EXPECT_EQ(store_faults.calls(StoreVerb::Get), gets + 2) << "one for the token, one for the whole user";
}

// The user is read along with the session, by whose salt alone a token is genuine.
TEST_F(Refresh, NothingOfTheUserIsLookedAtForATokenThatIsNotGenuine) {
  const auto token = signup().text("refreshToken");
  const std::string_view other_salt = "sixteen of bytes";
  const std::string_view no_status = "bogus";
  const auto slice = [](std::string_view text) {
    return gh_slice{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  };
  std::deque<std::vector<gh_value>> kept;
  const auto change = [&](bool salt_too) {
    store_faults.change_records([&, salt_too](gh_record& record) {
      auto& values = kept.emplace_back(record.values, record.values + record.value_count);
      record.values = values.data();
      const auto is_salt = [](const gh_value& value) { return value.type == GH_BYTES && value.s.size == 16; };
      const auto salt = std::find_if(values.begin(), values.end(), is_salt);
      if (salt != values.end()) {
        if (salt_too) salt->s = slice(other_salt);
        return;
      }
      for (auto& value : values) {
        if (value.type == GH_TEXT && value.s.size == 6 && std::memcmp(value.s.data, "active", 6) == 0) {
          value.s = slice(no_status);
        }
      }
    });
  };
  change(false);
  EXPECT_EQ(refresh(token).code, Code::Internal) << "a record that is no user's";
  change(true);
  EXPECT_EQ(refresh(token).code, Code::TokenInvalid);
  store_faults.change_records({});
  EXPECT_EQ(refresh(token).status, 200);
}

TEST_F(Refresh, AForgedOrChangedTokenTouchesNoStore) {
  const auto token = signup().text("refreshToken");
  const auto gets = store_faults.calls(StoreVerb::Get);
  const auto commits = store_faults.calls(StoreVerb::Commit);
  std::vector<std::string> forged{"", "ghr_", "garbage", token + "A", token.substr(0, token.size() - 1), "x" + token};
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    forged.push_back(std::move(changed));
  }
  for (const auto& text : forged) {
    const auto answer = refresh(text);
    EXPECT_EQ(answer.status, 0) << text;
    EXPECT_EQ(answer.code, Code::TokenInvalid) << text;
  }
  EXPECT_EQ(store_faults.calls(StoreVerb::Get), gets);
  EXPECT_EQ(store_faults.calls(StoreVerb::Commit), commits);
  EXPECT_EQ(refresh(token).status, 200);
}

}  // namespace
}  // namespace gatehouse::test
