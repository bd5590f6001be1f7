// SPDX-License-Identifier: Apache-2.0
// A plugin that is right, built as any author would build it.
#include <gatehouse/sdk/plugin.hpp>

#include <stdexcept>

namespace {

namespace sdk = gatehouse::sdk;

constexpr sdk::Setting settings[] = {
    sdk::Setting::text("mood", "What it does when asked.").one_of("calm,throw,throw_in_create").by_default("calm"),
};

class Limiter final : public sdk::Plugin, public sdk::RateLimiter {
 public:
  explicit Limiter(const sdk::Create& create) : throws_(create.config.text("mood") == "throw") {
    if (create.config.text("mood") == "throw_in_create") throw std::runtime_error("in a bad mood");
  }
  sdk::Status take(const sdk::Call&, const sdk::Take& take, sdk::Taken& taken) override {
    if (throws_) throw std::runtime_error("not today");
    taken = {true, take.limit - 1, 0};
    return {};
  }
  sdk::Status reset(const sdk::Call&, std::string_view) override { return {}; }
  sdk::Status ping(const sdk::Call&) override { return {}; }

 private:
  bool throws_;
};

}  // namespace

GATEHOUSE_PLUGIN(Limiter, sdk::about("good-limiter", "2.0.1", "MIT", "Lets everybody in.").with(settings));
