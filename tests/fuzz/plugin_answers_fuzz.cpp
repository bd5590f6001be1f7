// SPDX-License-Identifier: Apache-2.0
// The host's side of the plugin ABI: whole requests through store, key service and limiter that answer with any status,
// length and value. The input: one byte how many requests (1 to 4), one byte for each which, and then what the plugins
// do, call by call (lying_plugin.h).
//
// What must hold: no crash; a wrong password, a forged or spent refresh token, a forged access token and one of a
// session that has ended get nothing, whatever the plugins answer; and a token that was given out is good for nobody
// else. Where the store changed what a record holds, a host cannot know better: then only the first, and as it may have
// written back what it was told, that server is given up. Otherwise none of it lasts: the next input's users get in.
#include "app/services.h"
#include "base/log.h"
#include "base/metrics.h"
#include "crypto/hash_pool.h"
#include "fuzz/lying_plugin.h"
#include "plugins/instance.h"
#include "plugins/supervisor.h"
#include "support/fake_clock.h"
#include "support/temp_folder.h"

#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

extern "C" const gh_plugin gatehouse_plugin_store_memory;
extern "C" const gh_plugin gatehouse_plugin_kms_local;

namespace gatehouse::fuzz {
namespace {

constexpr const char* password = "Correct-Horse-77-Battery";

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

class NoLog final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return false; }
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) noexcept override {}
};

// The same inputs in the same order do the same the next time.
class SeededRandom final : public Random {
 public:
  bool fill(std::span<std::uint8_t> out) override {
    const std::lock_guard lock(mutex_);
    for (auto& byte : out) byte = static_cast<std::uint8_t>(bits_());
    return true;
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 bits_{1};
};

app::ServiceSettings quick() {
  app::ServiceSettings settings;
  settings.public_url = "https://auth.example.org";
  settings.hash = {.memory_kib = 64, .passes = 1, .lanes = 1};
  settings.handlers.login_min_response = std::chrono::milliseconds(0);
  settings.handlers.login_max_jitter = std::chrono::milliseconds(0);
  // So wide that nobody meets them, but asked all the same.
  const auth::RateLimit wide{1'000'000, std::chrono::seconds(60)};
  settings.limits = {.enabled = true,
                     .login = wide,
                     .signup = wide,
                     .refresh = wide,
                     .resend = wide,
                     .forgot = wide,
                     .export_account = wide,
                     .other = wide};
  return settings;
}

struct Tokens {
  std::string access;
  std::string refresh;
  std::string user;
};

// A server without sockets, on plugins that lie when told to.
class World {
 public:
  World() {
    storage_.open(call());
    services_.start(call());
    routes_ = services_.routes();
    steps_ = services_.steps();
    require(
        !grant("/signup",
               {{"email", "ada@example.org"}, {"password", password}, {"firstName", "Ada"}, {"lastName", "Lovelace"}})
             .access.empty(),
        "an honest world lets somebody in");
  }
  ~World() { services_.stop(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // False: this world has been told what is not so, and may have stored it.
  bool run(std::string_view input) {
    const auto count = 1 + static_cast<std::size_t>(input.front()) % 4;
    input.remove_prefix(1);
    if (input.size() < count) return true;
    // The wrong passwords of the inputs before count no more.
    clock_.advance(auth::account_memory + std::chrono::hours(1));
    std::vector<Deed> deeds;
    for (const char kind : input.substr(0, count)) deeds.push_back(prepare(static_cast<std::uint8_t>(kind)));
    script_.begin(input.substr(count));
    std::vector<std::optional<Tokens>> given;
    for (const auto& deed : deeds) given.push_back(perform(deed));
    const bool content = script_.changed_content();
    script_.end();
    (void)services_.access_tokens().reload_keys(call());
    if (content) return false;
    for (const auto& tokens : given) {
      if (!tokens) continue;
      const auto who = send("GET", "/user", {}, tokens->access);
      require(!who || (*who)["id"] == tokens->user, "a token is good for nobody else");
    }
    return true;
  }

 private:
  struct Deed {
    std::string method = "POST";
    std::string path;
    nlohmann::json body;
    std::string bearer;
    bool hopeless = false;  // must get nothing
    bool reload = false;    // no request: the signing keys are read again
  };

  Call call() const { return {clock_.steady() + std::chrono::seconds(30), clock_.now(), "fuzz", {}, "default"}; }

  static std::string spoiled(std::string token) {
    auto& place = token[token.size() / 2 + token.size() / 4];
    place = place == 'A' ? 'B' : 'A';
    return token;
  }
  Tokens login() { return grant("/login", {{"email", "ada@example.org"}, {"password", password}}); }
  static nlohmann::json refresh_body(const std::string& token) { return {{"refreshToken", token}}; }

  // Everything a request needs, got honestly.
  Deed prepare(std::uint8_t kind) {
    switch (kind % 14) {
      case 0: return {"POST", "/login", {{"email", "ada@example.org"}, {"password", password}}, {}};
      case 1: return {"POST", "/login", {{"email", "ada@example.org"}, {"password", "Wrong-Horse-77"}}, {}, true};
      case 2: return {"POST", "/login", {{"email", "nobody@example.org"}, {"password", password}}, {}, true};
      case 3: return {"POST", "/refresh", refresh_body(login().refresh), {}};
      case 4: return {"POST", "/refresh", refresh_body(spoiled(login().refresh)), {}, true};
      case 5: return {"GET", "/user", {}, login().access};
      case 6: return {"GET", "/user", {}, spoiled(login().access), true};
      case 7: return {"GET", "/sessions", {}, login().access};
      case 8: return {"POST", "/logout", nlohmann::json::object(), login().access};
      case 9: return {"POST", "/sessions/revoke-all", nlohmann::json::object(), login().access};
      case 10: {
        const auto ended = login();
        (void)send("POST", "/logout", nlohmann::json::object(), ended.access);
        return {"GET", "/user", {}, ended.access, true};
      }
      case 11: {
        const auto spent = login();
        (void)grant("/refresh", refresh_body(spent.refresh));
        return {"POST", "/refresh", refresh_body(spent.refresh), {}, true};
      }
      case 12: return {{}, {}, {}, {}, false, true};
      default:
        return {"POST",
                "/signup",
                {{"email", "ada" + std::to_string(++signups_) + "@example.org"},
                 {"password", password},
                 {"firstName", "Ada"},
                 {"lastName", "L"}},
                {}};
    }
  }

  std::optional<Tokens> perform(const Deed& deed) {
    if (deed.reload) {
      (void)services_.access_tokens().reload_keys(call());
      return std::nullopt;
    }
    const auto answer = send(deed.method, deed.path, deed.body, deed.bearer);
    if (!answer) return std::nullopt;
    require(!deed.hopeless || script_.changed_content(), "what has no right gets nothing, whatever plugins answer");
    if (!answer->contains("accessToken")) return std::nullopt;
    return tokens_of(*answer);
  }

  static Tokens tokens_of(const nlohmann::json& body) {
    return {body.at("accessToken"), body.at("refreshToken"), body.at("user").at("id")};
  }
  Tokens grant(const char* path, const nlohmann::json& body) {
    const auto answer = send("POST", path, body, {});
    require(answer.has_value(), "the honest way works");
    return tokens_of(*answer);
  }

  // The body of an answer that grants what was asked for.
  std::optional<nlohmann::json> send(const std::string& method, const std::string& path, const nlohmann::json& body,
                                     const std::string& bearer) {
    http::Request request;
    request.method = method == "GET" ? http::Method::Get : http::Method::Post;
    request.path = "/auth" + path;
    request.base_path = "/auth";
    if (request.method == http::Method::Post) request.body = body.dump();
    request.headers.emplace_back("content-type", "application/json");
    request.headers.emplace_back("content-length", std::to_string(request.body.size()));
    request.client_address = "192.0.2.7";
    request.request_id = "0af7651916cd43dd8448eb211c80319c";
    request.now = clock_.now();
    request.received = clock_.steady();
    request.deadline = clock_.steady() + std::chrono::seconds(20);
    request.hash_arena = &arena_;
    for (const auto& route : routes_) {
      if (route.method != request.method || route.path != path) continue;
      if (steps_.admit(request, route.rate)) return std::nullopt;
      if (route.access != http::Access::Anyone &&
          steps_.authenticate(request, bearer, route.access == http::Access::ExpiredUser)) {
        return std::nullopt;
      }
      const auto response = route.handler(request);
      if (response.error || response.status >= 300) return std::nullopt;
      return response.body.empty() ? nlohmann::json::object() : nlohmann::json::parse(response.body);
    }
    throw std::logic_error("no route for " + path);
  }

  std::unique_ptr<plugins::Instance> instance(LyingPlugin& plugin, const char* name,
                                              std::vector<std::string> interfaces) {
    plugins::InstanceConfig config;
    config.name = name;
    config.state_dir = folder_.path().string();
    config.breaker_failures = 1'000'000'000;
    const auto& entry = plugin.entry(config);
    auto made = std::make_unique<plugins::Instance>(
        entry, std::move(config), plugins::HostServices{clock_, random_, log_, metrics_, &supervisor_},
        std::move(interfaces));
    made->start();
    return made;
  }

  const test::TempFolder folder_;
  test::FakeClock clock_;
  SeededRandom random_;
  NoLog log_;
  MetricRegistry metrics_;
  plugins::Supervisor supervisor_{clock_};
  crypto::HashArena arena_{1024 * 1024};
  Script script_;
  LyingPlugin store_plugin_{gatehouse_plugin_store_memory, script_};
  LyingPlugin kms_plugin_{gatehouse_plugin_kms_local, script_};
  std::unique_ptr<plugins::Instance> store_ = instance(store_plugin_, "store", {GH_STORE_V1, GH_RATE_LIMITER_V1});
  std::unique_ptr<plugins::Instance> kms_ = instance(kms_plugin_, "kms", {GH_KMS_V1});
  providers::Storage storage_{app::schema(), std::vector<plugins::Instance*>(app::schema().size(), store_.get())};
  providers::Keys keys_{*kms_};
  providers::Limiter limiter_{*store_};
  app::Services services_{quick(), storage_, keys_, limiter_, {}, clock_, random_, log_, metrics_};
  std::vector<http::Route> routes_;
  http::Steps steps_;
  unsigned signups_ = 0;
};

}  // namespace
}  // namespace gatehouse::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // What logins leave behind in the store goes with its world.
  constexpr unsigned inputs_a_world = 5'000;
  static std::unique_ptr<gatehouse::fuzz::World> world;
  static unsigned inputs = 0;
  if (size == 0) return 0;
  if (inputs++ % inputs_a_world == 0) world.reset();
  if (!world) world = std::make_unique<gatehouse::fuzz::World>();
  if (!world->run({reinterpret_cast<const char*>(data), size})) world.reset();
  return 0;
}
