// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "unit/auth/auth_fixture.h"

#include <string>
#include <utility>
#include <vector>

namespace gatehouse::test {

class Lockout : public AuthFixture {
 protected:
  static constexpr const char* wrong = "Violet-Harbour-42";
  static constexpr const char* fresh = "Quiet-Lantern-52-Lane";
  static constexpr const char* elsewhere = "198.51.100.4";

  explicit Lockout(app::ServiceSettings settings = {}) : AuthFixture(locking(std::move(settings))) {}
  static app::ServiceSettings locking(app::ServiceSettings given) {
    auto settings = fast(std::move(given));
    settings.lockout.enabled = true;
    return settings;
  }

  void fail(int times, const std::string& email = "ada@example.org") {
    for (int i = 0; i < times; ++i) ASSERT_EQ(login(email, wrong).code, Code::InvalidCredentials) << i;
  }
  // Ten addresses fail once each at Ada's: from then on strangers wait.
  void strangers_guess() {
    const auto here = std::exchange(client_address, {});
    for (int i = 0; i < 10; ++i) {
      client_address = "203.0.113." + std::to_string(i);
      fail(1);
    }
    client_address = here;
  }
  Answer login_from(std::string address, const std::string& password = good_password) {
    const auto here = std::exchange(client_address, std::move(address));
    auto answer = login("ada@example.org", password);
    client_address = here;
    return answer;
  }
  accounts::User ada() {
    accounts::UserStore users(*storage, app::user_kind_id);
    auto found = users.find_by_email("default", "ada@example.org", call());
    return found && *found ? **found : accounts::User{};
  }
};

}  // namespace gatehouse::test
