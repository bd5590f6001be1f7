// SPDX-License-Identifier: Apache-2.0
#include "support/test_kms.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/random.h"
#include "plugins/instance.h"
#include "providers/keys.h"

#include <gatehouse/kms.h>
#include <gatehouse/plugin.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace gatehouse::test {
namespace {

// The only way into a table without closures: the object's own address travels as a setting.
constexpr const char* self_setting = "test_kms";

class NoLog final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return false; }
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) noexcept override {}
};

std::string_view text_of(const gh_slice& slice) { return {reinterpret_cast<const char*>(slice.data), slice.size}; }

gh_slice slice_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

}  // namespace

struct TestKms::State {
  Key* find(std::string_view purpose, std::uint32_t version) {
    const auto at = purposes.find(purpose);
    if (at == purposes.end()) return nullptr;
    for (auto& key : at->second) {
      const bool named = version == 0 ? key.state == GH_KEY_CURRENT : key.version == version;
      if (named && key.state != GH_KEY_RETIRED) return &key;
    }
    return nullptr;
  }

  // Runs `body` with the lock held, unless the test wants failure.
  template <class Body>
  gh_status answer(Body body) noexcept {
    std::unique_lock lock(mutex);
    ++calls;
    const gh_status status = failure == GH_OK ? body() : failure;
    const auto action = std::exchange(meanwhile, nullptr);
    lock.unlock();
    if (action) action();
    return status;
  }

  mutable std::mutex mutex;
  // Guarded by mutex.
  std::map<std::string, std::vector<Key>, std::less<>> purposes;
  gh_status failure = GH_OK;
  std::string signature;
  std::function<void()> meanwhile;
  unsigned calls = 0;

  SystemClock clock;
  SystemRandom random;
  NoLog log;
  MetricRegistry metrics;
  std::unique_ptr<plugins::Instance> instance;
  std::unique_ptr<providers::Keys> keys;
};

namespace {

TestKms::State& state_of(gh_instance* self) { return *reinterpret_cast<TestKms::State*>(self); }

gh_status create(const gh_create_args* args, const gh_call*, gh_instance** out) {
  for (std::uint64_t i = 0; i < args->config_count; ++i) {
    if (text_of(args->config[i].key) != self_setting) continue;
    *out = reinterpret_cast<gh_instance*>(args->config[i].value.i);
    return GH_OK;
  }
  return GH_INVALID;
}

gh_status start(gh_instance*, const gh_call*) { return GH_OK; }
gh_status drain(gh_instance*, const gh_call*) { return GH_OK; }
void destroy(gh_instance*) {}

gh_status ensure(gh_instance* self, const gh_call*, gh_slice purpose, std::uint32_t) {
  auto& state = state_of(self);
  return state.answer([&] { return state.find(text_of(purpose), 0) != nullptr ? GH_OK : GH_NOT_FOUND; });
}

gh_status keys(gh_instance* self, const gh_call*, gh_slice purpose, const gh_key_sink* sink) {
  auto& state = state_of(self);
  return state.answer([&] {
    const auto at = state.purposes.find(text_of(purpose));
    if (at == state.purposes.end()) return GH_NOT_FOUND;
    for (const auto& key : at->second) {
      const auto der = key.key.public_der();
      const gh_key_info info{sizeof(gh_key_info), key.version, key.algorithm, key.state, 0, slice_of(der), 0};
      sink->put(sink->context, &info);
    }
    return GH_OK;
  });
}

gh_status mac(gh_instance* self, const gh_call*, gh_slice purpose, std::uint32_t version, gh_slice message,
              std::uint8_t* out, std::uint32_t* used) {
  auto& state = state_of(self);
  return state.answer([&] {
    const auto* const key = state.find(text_of(purpose), version);
    if (key == nullptr) return GH_NOT_FOUND;
    std::memcpy(out, key->key.sign(text_of(message)).data(), 32);
    *used = key->version;
    return GH_OK;
  });
}

gh_status sign(gh_instance* self, const gh_call*, gh_slice purpose, std::uint32_t version, gh_slice message,
               const gh_bytes_sink* sink, std::uint32_t* used) {
  auto& state = state_of(self);
  return state.answer([&] {
    const auto* const key = state.find(text_of(purpose), version);
    if (key == nullptr) return GH_NOT_FOUND;
    const auto signature = state.signature.empty() ? key->key.sign(text_of(message)) : state.signature;
    sink->put(sink->context, slice_of(signature));
    *used = key->version;
    return GH_OK;
  });
}

gh_status rotate(gh_instance*, const gh_call*, gh_slice, std::uint32_t*) { return GH_UNSUPPORTED; }

gh_status ping(gh_instance* self, const gh_call*) {
  return state_of(self).answer([] { return GH_OK; });
}

constexpr gh_kms_v1 kms_table{sizeof(gh_kms_v1), 0, ensure, keys, mac, sign, rotate, ping, nullptr};
constexpr gh_interface interfaces[] = {{GH_KMS_V1, &kms_table}};
constexpr gh_setting settings[] = {
    {self_setting, nullptr, nullptr, "Where the test's object is.", GH_SETTING_INT, GH_SETTING_REQUIRED}};
constexpr gh_plugin test_plugin{GH_MAGIC,
                                sizeof(gh_plugin),
                                GH_ABI_MAJOR,
                                GH_ABI_MINOR,
                                0,
                                "test-kms",
                                "1.0.0",
                                "Apache-2.0",
                                "Keys inside a test.",
                                settings,
                                1,
                                sizeof(gh_setting),
                                interfaces,
                                1,
                                sizeof(gh_interface),
                                0,
                                0,
                                create,
                                start,
                                drain,
                                destroy};

}  // namespace

TestKms::TestKms() : state_(std::make_unique<State>()) {
  plugins::InstanceConfig config;
  config.name = "test-kms";
  config.state_dir = "/nonexistent";
  config.settings.push_back({self_setting, static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(state_.get()))});
  // A test that makes the provider fail wants to see each failure.
  config.breaker_failures = 1'000'000;
  state_->instance = std::make_unique<plugins::Instance>(
      plugin(), std::move(config), plugins::HostServices{state_->clock, state_->random, state_->log, state_->metrics},
      std::vector<std::string>{GH_KMS_V1});
  state_->instance->start();
  state_->keys = std::make_unique<providers::Keys>(*state_->instance);
}

TestKms::~TestKms() = default;

providers::Keys& TestKms::keys() noexcept { return *state_->keys; }

const gh_plugin& TestKms::plugin() { return test_plugin; }

void TestKms::set_keys(std::string_view purpose, std::vector<Key> keys) {
  const std::lock_guard lock(state_->mutex);
  state_->purposes.insert_or_assign(std::string(purpose), std::move(keys));
}

void TestKms::add_key(std::string_view purpose, Key key) {
  const std::lock_guard lock(state_->mutex);
  state_->purposes[std::string(purpose)].push_back(std::move(key));
}

void TestKms::set_state(std::string_view purpose, std::uint32_t version, std::uint32_t state) {
  const std::lock_guard lock(state_->mutex);
  for (auto& key : state_->purposes[std::string(purpose)]) {
    if (key.version == version) key.state = state;
  }
}

std::uint32_t TestKms::rotate(std::string_view purpose, std::uint32_t algorithm, const TestKey& key) {
  const std::lock_guard lock(state_->mutex);
  auto& keys = state_->purposes[std::string(purpose)];
  std::uint32_t version = 1;
  for (auto& former : keys) {
    if (former.state == GH_KEY_CURRENT) former.state = GH_KEY_ACTIVE;
    version = std::max(version, former.version + 1);
  }
  keys.push_back({version, algorithm, GH_KEY_CURRENT, key});
  return version;
}

void TestKms::fail_with(gh_status status) {
  const std::lock_guard lock(state_->mutex);
  state_->failure = status;
}

void TestKms::sign_with(std::string signature) {
  const std::lock_guard lock(state_->mutex);
  state_->signature = std::move(signature);
}

void TestKms::meanwhile(std::function<void()> action) {
  const std::lock_guard lock(state_->mutex);
  state_->meanwhile = std::move(action);
}

unsigned TestKms::calls() const {
  const std::lock_guard lock(state_->mutex);
  return state_->calls;
}

Call call_at(Time now) {
  return {std::chrono::steady_clock::now() + std::chrono::seconds(30), now, "test", {}, "default"};
}

}  // namespace gatehouse::test
