// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/listener.h"
#include "support/mann_whitney.h"
#include "support/race.h"
#include "support/smtp_sink.h"

#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <set>
#include <string>
#include <vector>

// Whether somebody who asks about an address learns if it has an account: from status, headers, body or time. Drawn in
// turns against one server: addresses that have an account, addresses that have none, and as a control other ones that
// have. GATEHOUSE_EVENNESS_SAMPLES says how many of each.
namespace gatehouse::test {
namespace {

using std::chrono::steady_clock;

constexpr int clients = 8;
constexpr int few = 24;

enum class Smtp { Alive, Dead };
enum Group : std::size_t { Known, Unknown, Control, group_count };

int samples() {
  const char* text = std::getenv("GATEHOUSE_EVENNESS_SAMPLES");
  return text == nullptr ? few : std::atoi(text);
}

// Of an answer, what must not differ.
std::string shape(const HttpResponse& response) {
  std::string text = std::to_string(response.status) + comparable(response);
  for (const auto& [name, value] : response.headers) {
    text += "\n" + name;
    const bool own = same_name(name, "x-request-id") || same_name(name, "traceparent") || same_name(name, "date");
    if (!own) text += ": " + value;
  }
  return text;
}

struct Drawn {
  std::array<std::vector<double>, group_count> times;  // in ms
  std::array<std::set<std::string>, group_count> shapes;
};

class Evenness : public ApiTest, public testing::WithParamInterface<Smtp> {
 protected:
  void SetUp() override {
    ServerOptions options;
    options.settings = {{"signup.reveal_existing", "false"}, {"login.min_response", "\"300ms\""},
                        {"login.max_jitter", "\"50ms\""},    {"mail.min_response", "\"300ms\""},
                        {"lockout.enabled", "true"},         {"lockout.max_attempts_per_address", "0"},
                        {"mail.deliver_via", "[\"smtp\"]"}};
    const auto port = GetParam() == Smtp::Alive ? sink_.address().port : nobody_.address().port;
    options.more =
        "[[plugin]]\nname = \"smtp\"\nlibrary = \"mail-smtp\"\ncall_timeout = \"2s\"\n[plugin.config]\n"
        "host = \"127.0.0.1\"\ntls = \"none\"\nport = " +
        std::to_string(port) + "\n";
    start(std::move(options));
    at_once(2 * samples(), [&](Api& api, int i) { EXPECT_EQ(api.signup(known(i)).status, 202); });
  }

  static Account known(int i) { return account("known" + std::to_string(i)); }
  // The control's accounts are the second half.
  static std::string address_of(Group group, int i) {
    if (group == Unknown) return account("nobody" + std::to_string(i)).email;
    return known(group == Known ? i : samples() + i).email;
  }

  // `work(api, i)` for i below `count`, from a few clients at a time.
  template <class Work>
  void at_once(int count, Work work) {
    race(clients, [&](int client) {
      Api api(server().listen());
      for (int i = client; i < count; i += clients) work(api, i);
    });
  }

  template <class Ask>
  Drawn draw(Ask ask) {
    Drawn drawn;
    std::mutex mutex;
    at_once(samples() * static_cast<int>(group_count), [&](Api& api, int i) {
      // Each client has all groups in turn.
      const auto group = static_cast<Group>(static_cast<std::size_t>(i / clients) % group_count);
      const int which = i / (clients * static_cast<int>(group_count)) * clients + i % clients;
      const auto address = address_of(group, which % samples());
      const auto begin = steady_clock::now();
      const auto answer = ask(api, address);
      const std::chrono::duration<double, std::milli> time = steady_clock::now() - begin;
      const std::lock_guard lock(mutex);
      drawn.times[group].push_back(time.count());
      drawn.shapes[group].insert(shape(answer));
    });
    return drawn;
  }

  void expect_even(const char* route, const Drawn& drawn) {
    EXPECT_EQ(drawn.shapes[Known].size(), 1U) << route << ": " << *drawn.shapes[Known].begin();
    EXPECT_EQ(drawn.shapes[Known], drawn.shapes[Unknown]) << route;
    const auto& [known, unknown, control] = drawn.times;
    const double gap = std::abs(median(known) - median(unknown));
    const double noise = std::abs(median(known) - median(control));
    const double p = mann_whitney_p(known, unknown);
    std::cout << route << (GetParam() == Smtp::Alive ? ", SMTP alive" : ", SMTP dead") << ": " << known.size() << " + "
              << unknown.size() << ", median " << median(known) << " and " << median(unknown) << " ms, gap " << gap
              << " ms (control " << noise << "), p " << p << " (control " << mann_whitney_p(known, control) << ")\n";
    if (samples() <= few) {
      // With so few the random part of the answer's time, up to 50 ms, is most of the gap: five of its deviations.
      EXPECT_LT(gap, 36 + noise) << route;
      return;
    }
    EXPECT_GT(p, 0.01) << route;
    EXPECT_LT(gap, 0.02 * median(known)) << route;
  }

  const Listener nobody_;  // takes connections and never says a word
  SmtpSink sink_{SmtpSink::Tls::None};
};

std::string email_body(const std::string& address) { return json_object({{"email", json_string(address)}}); }

TEST_P(Evenness, OfAnswersAboutAddresses) {
  expect_even("forgot-password", draw([](Api& api, const std::string& address) {
                return api.http().post("/auth/forgot-password", email_body(address));
              }));
  expect_even("resend-verification", draw([](Api& api, const std::string& address) {
                return api.http().post("/auth/resend-verification", email_body(address));
              }));
  expect_even("login", draw([](Api& api, const std::string& address) {
                return api.login({.email = address, .password = "Violet-Harbour-42"});
              }));
  // Last, as it makes the unknown ones known.
  expect_even("signup", draw([](Api& api, const std::string& address) { return api.signup({.email = address}); }));
}

INSTANTIATE_TEST_SUITE_P(All, Evenness, testing::Values(Smtp::Alive, Smtp::Dead), [](const auto& test) {
  return test.param == Smtp::Alive ? "WithMailGoing" : "WithMailStuck";
});

}  // namespace
}  // namespace gatehouse::test
