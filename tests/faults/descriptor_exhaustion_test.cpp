// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/raw_socket.h"

#include <unistd.h>

#include <sstream>
#include <stdexcept>

namespace gatehouse::test {
namespace {

constexpr unsigned descriptors = 96;

class DescriptorExhaustion : public ApiTest {
 protected:
  void SetUp() override {
    start({.max_files = descriptors});
    // A sanitizer looks at a class when it meets it first, through a pipe: all that is used later is used now.
    tokens_ = api().refreshed(api().signed_up(account("ada")).refresh);
    ASSERT_EQ(api().user(tokens_.access).status, 200);
  }

  bool is_served() {
    try {
      return api().user(tokens_.access).status == 200;
    } catch (const std::runtime_error&) {
      return false;  // sent away at the moment it asked
    }
  }

  // Seconds of processor time the server has used so far.
  double processor_time() {
    const auto stat = read_file("/proc/" + std::to_string(server().pid()) + "/stat");
    std::istringstream fields(stat.substr(stat.rfind(')') + 2));
    std::string skipped;
    for (int field = 3; field < 14; ++field) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }

  Tokens tokens_;
};

TEST_F(DescriptorExhaustion, TheServerLivesThroughIt) {
  {
    std::vector<RawSocket> hoard;
    for (unsigned i = 0; i < descriptors * 3; ++i) hoard.emplace_back(server().listen());
    // Who was in before may have been idle for longest and so sent away; whoever comes back finds a place.
    for (int tries = 0; !is_served(); ++tries) ASSERT_LT(tries, 50);
    // Then it is served as ever, refresh tokens (which need randomness) included.
    for (int i = 0; i < 20; ++i) {
      ASSERT_EQ(api().user(tokens_.access).status, 200);
      tokens_ = api().refreshed(tokens_.refresh);
    }
  }
  Api after(server().listen());
  EXPECT_EQ(after.user(tokens_.access).status, 200);
  EXPECT_EQ(after.signup(account("bob")).status, 201);
  EXPECT_LT(server().open_files(), descriptors);
}

TEST_F(DescriptorExhaustion, WaitingClientsDoNotMakeItSpin) {
  std::vector<RawSocket> hoard;
  for (unsigned i = 0; i < descriptors * 3; ++i) hoard.emplace_back(server().listen());
  const auto before = processor_time();
  std::string nothing;
  hoard.front().receive(nothing, std::chrono::seconds(1));
  EXPECT_LT(processor_time() - before, 0.5) << "a second of waiting";
}

}  // namespace
}  // namespace gatehouse::test
