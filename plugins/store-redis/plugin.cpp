// SPDX-License-Identifier: Apache-2.0
#include "redis_store.h"
#include "window_limiter.h"

#include <gatehouse/sdk/plugin.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gatehouse::store_redis {
namespace {

constexpr sdk::Setting settings[] = {
    sdk::Setting::text("url",
                       "Where Redis is: redis://HOST:PORT/DB, redis+unix:///PATH?db=DB, "
                       "redis+sentinel://HOST:PORT,HOST:PORT/MASTER?db=DB or redis+cluster://HOST:PORT,HOST:PORT.")
        .by_default("redis://127.0.0.1:6379"),
    sdk::Setting::text("username", "The Redis user; without it the default user."),
    sdk::Setting::text("password", "The password of the Redis user.").secret(),
    sdk::Setting::text("sentinel_username", "The user at the sentinels."),
    sdk::Setting::text("sentinel_password", "The password at the sentinels.").secret(),
    sdk::Setting::boolean("allow_plaintext",
                          "Redis may be on another machine although there is no TLS; only where the network itself is "
                          "encrypted.")
        .by_default("false"),
    sdk::Setting::text("key_prefix", "What every key begins with.").by_default("gh"),
    sdk::Setting::integer("pool_size", "Most connections to each Redis process.").by_default("16"),
    sdk::Setting::duration("pool_wait", "How long a call waits for a connection that others use.").by_default("100ms"),
    sdk::Setting::duration("connect_timeout", "How long connecting and logging in may take.").by_default("500ms"),
    sdk::Setting::duration("timeout", "How long one command may take.").by_default("1s"),
    sdk::Setting::integer("wait_replicas",
                          "How many replicas must have a revocation or deletion before it is answered; 0: none.")
        .by_default("0"),
    sdk::Setting::duration("wait_timeout", "How long they are waited for.").by_default("100ms"),
};

Target target_of(const sdk::Config& config) {
  try {
    Target target = parse_url(config.text_or("url", "redis://127.0.0.1:6379"));
    const bool plaintext = config.has("allow_plaintext") && config.boolean("allow_plaintext");
    for (const Endpoint& endpoint : target.endpoints) {
      if (!plaintext && !stays_on_this_machine(endpoint)) {
        throw sdk::InvalidSetting("url", plaintext_refusal(endpoint));
      }
    }
    return target;
  } catch (const std::invalid_argument& error) {
    throw sdk::InvalidSetting("url", error.what());
  }
}

std::int64_t number(const sdk::Config& config, std::string_view key, std::int64_t fallback, std::int64_t least,
                    std::int64_t most) {
  const std::int64_t value = config.has(key) ? config.integer(key) : fallback;
  if (value < least || value > most) {
    throw sdk::InvalidSetting(
        key, "is " + std::to_string(value) + ", not " + std::to_string(least) + " to " + std::to_string(most));
  }
  return value;
}

std::int64_t duration_us(const sdk::Config& config, std::string_view key, std::int64_t fallback) {
  const std::int64_t value = config.has(key) ? config.duration(key).count() : fallback;
  if (value < 1000) throw sdk::InvalidSetting(key, "is shorter than a millisecond");
  return value;
}

Login login_of(const sdk::Config& config, std::string_view username, std::string_view password) {
  Login login;
  login.username = config.text_or(username, "");
  login.password = config.text_or(password, "");
  if (!login.username.empty() && login.password.empty()) {
    throw sdk::InvalidSetting(username, "is set without " + std::string(password));
  }
  return login;
}

BackendSettings backend_settings(const sdk::Config& config) {
  BackendSettings made;
  made.topology.target = target_of(config);
  made.login = login_of(config, "username", "password");
  made.login.database = made.topology.target.database;
  made.topology.node_login = made.login;
  made.topology.node_login.expect = Login::Expect::Anyone;
  made.topology.sentinel_login = login_of(config, "sentinel_username", "sentinel_password");
  made.topology.sentinel_login.expect = Login::Expect::Anyone;
  made.topology.allow_plaintext = config.has("allow_plaintext") && config.boolean("allow_plaintext");
  made.pool.connections = static_cast<std::size_t>(number(config, "pool_size", 16, 1, 1000));
  made.pool.wait_us = duration_us(config, "pool_wait", 100'000);
  made.pool.connect_us = duration_us(config, "connect_timeout", 500'000);
  made.topology.connect_us = made.pool.connect_us;
  made.timeout_us = duration_us(config, "timeout", 1'000'000);
  made.pool.time_to_share_us = std::min<std::int64_t>(made.timeout_us, 1'000'000) / 2;
  made.wait_replicas = static_cast<std::uint32_t>(number(config, "wait_replicas", 0, 0, 100));
  made.wait_us = duration_us(config, "wait_timeout", 100'000);
  return made;
}

std::string prefix_of(const sdk::Config& config) {
  const auto prefix = config.text_or("key_prefix", "gh");
  if (prefix.empty() || prefix.size() > 32 || prefix.find_first_of("{}") != std::string_view::npos) {
    throw sdk::InvalidSetting("key_prefix", "is not 1 to 32 characters without braces");
  }
  return std::string(prefix);
}

std::string name_of_run(const sdk::Host& host) {
  std::string run(8, '\0');
  if (!host.random(run.data(), run.size())) {
    throw sdk::StatusError(GH_UNAVAILABLE, "the host has no randomness for the rate limiter");
  }
  return run;
}

class RedisPlugin final : public sdk::Plugin, public sdk::Store, public sdk::RateLimiter {
 public:
  static constexpr std::uint32_t store_flags = GH_STORE_SHARED;

  explicit RedisPlugin(const sdk::Create& create)
      : layout_(prefix_of(create.config)),
        backend_(create.host, backend_settings(create.config)),
        store_(backend_, layout_),
        limiter_(backend_, layout_, name_of_run(create.host)) {}

  sdk::Status start(const sdk::Call& call) override {
    backend_.start(RedisStore::slots(), call);
    return {};
  }

  sdk::Status open(const sdk::Call&, const sdk::SchemaView& schema) override { return store_.open(schema); }
  sdk::Status get(const sdk::Call& call, std::uint32_t kind, const sdk::KeyView& key,
                  const sdk::RecordSink& sink) override {
    return store_.get(call, kind, key, sink);
  }
  sdk::Status find(const sdk::Call& call, const sdk::QueryView& query, const sdk::RecordSink& sink,
                   const sdk::FindOut& out) override {
    return store_.find(call, query, sink, out);
  }
  sdk::Status commit(const sdk::Call& call, const sdk::Writes& writes, const sdk::CommitOut& out) override {
    return store_.commit(call, writes, out);
  }
  sdk::Status purge(const sdk::Call& call, std::uint32_t kind, std::int64_t before_us, std::uint32_t limit,
                    std::uint64_t& deleted) override {
    return store_.purge(call, kind, before_us, limit, deleted);
  }

  sdk::Status take(const sdk::Call& call, const sdk::Take& take, sdk::Taken& taken) override {
    return limiter_.take(call, take, taken);
  }
  sdk::Status reset(const sdk::Call& call, std::string_view key) override { return limiter_.reset(call, key); }

  // One answer for both interfaces.
  sdk::Status ping(const sdk::Call& call) override { return store_.ping(call); }

 private:
  const Layout layout_;
  Backend backend_;
  RedisStore store_;
  WindowLimiter limiter_;
};

}  // namespace

GATEHOUSE_PLUGIN(RedisPlugin, sdk::about("store-redis", "1.0.0", "Apache-2.0",
                                         "Sessions, tickets, mail jobs and rate-limit counters in Redis.")
                                  .with(settings));

}  // namespace gatehouse::store_redis
