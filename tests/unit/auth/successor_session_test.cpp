// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include <string>

namespace gatehouse::test {
namespace {

// A session that takes the place of another: after a password shown again, and after a new password.
class SuccessorSession : public AuthFixture {
 protected:
  static constexpr const char* device = "installation-1";

  Answer login_with_id() {
    const nlohmann::json body{{"email", "ada@example.org"}, {"password", good_password}};
    return send({.path = "/login", .body = body.dump(), .headers = {{"x-client-id", device}}});
  }
  Answer reauthenticate(const Answer& mine) {
    return post("/reauthenticate", {{"password", good_password}}, mine.text("accessToken"));
  }
  Answer change_password(const Answer& mine) {
    return post("/change-password", {{"currentPassword", good_password}, {"newPassword", next_password}},
                mine.text("accessToken"));
  }
  // The answer of a refresh got lost; the client asks again.
  void expect_forgiven_retry(const Answer& tokens) {
    ASSERT_EQ(tokens.status, 200) << tokens.refusal();
    ASSERT_EQ(refresh(tokens.text("refreshToken"), "retry-1", device).status, 200);
    const auto again = refresh(tokens.text("refreshToken"), "retry-1", device);
    EXPECT_EQ(again.status, 200) << again.refusal();
  }
  std::uint64_t ended(const char* reason) {
    return metrics.counter("gatehouse_sessions_revoked_total", "", {{"reason", reason}}).value();
  }
};

TEST_F(SuccessorSession, IsBoundToTheDeviceOfTheFormerWhenAPasswordWasShownAgain) {
  signup();
  expect_forgiven_retry(reauthenticate(login_with_id()));
}

TEST_F(SuccessorSession, IsBoundToTheDeviceOfTheFormerAfterANewPassword) {
  signup();
  expect_forgiven_retry(change_password(login_with_id()));
}

TEST_F(SuccessorSession, IsBoundToAnotherDeviceThatTheRequestNames) {
  const auto mine = signup();
  const nlohmann::json body{{"password", good_password}};
  expect_forgiven_retry(send({.path = "/reauthenticate",
                              .body = body.dump(),
                              .bearer = mine.text("accessToken"),
                              .headers = {{"x-client-id", device}}}));
}

TEST_F(SuccessorSession, CountsTheEndOfTheFormerByItsReason) {
  const auto again = reauthenticate(signup());
  EXPECT_EQ(ended("reauthenticated"), 1U);
  ASSERT_EQ(change_password(again).status, 200);
  EXPECT_EQ(ended("password_changed"), 1U);
}

}  // namespace
}  // namespace gatehouse::test
