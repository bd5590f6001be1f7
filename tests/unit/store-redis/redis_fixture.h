// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/records.h"
#include "store/schema.h"
#include "store/verbs.h"
#include "support/redis_server.h"

#include <gatehouse/plugin.h>
#include <gatehouse/store.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

extern "C" const gh_plugin gatehouse_plugin_store_redis;

namespace gatehouse::store_redis {

using check::store::Committed;
using check::store::Key;
using check::store::Record;
using check::store::Value;
using check::store::Write;

inline std::int64_t monotonic_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

using Settings = std::vector<std::pair<std::string, std::variant<bool, std::int64_t, std::string>>>;

inline gh_slice slice(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A host whose clock is the real one.
inline const gh_host& real_host() {
  static const gh_host host = [] {
    gh_host made{};
    made.struct_size = sizeof(made);
    made.abi_minor = GH_ABI_MINOR;
    made.log = [](void*, std::uint32_t, gh_slice) {};
    made.monotonic_ns = [](void*) { return monotonic_ns(); };
    made.wall_us = [](void*) { return std::int64_t{0}; };
    made.random_bytes = [](void*, std::uint8_t* out, std::uint64_t size) -> gh_status {
      std::fill(out, out + size, std::uint8_t{7});
      return GH_OK;
    };
    made.count = [](void*, gh_slice, std::uint64_t) {};
    return made;
  }();
  return host;
}

// A call with seconds to spare, and what was explained during it. One thread.
class Call {
 public:
  Call() : call_(check::store::call_at(check::store::now, words)) {
    call_.deadline_ns = monotonic_ns() + 10'000'000'000;
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  const gh_call* get() const { return &call_; }
  std::string words;

 private:
  gh_call call_;
};

// A kind as the product's sessions: by user, who is the partition, with an expiry and a time of revocation.
namespace session {
enum Field : std::uint32_t { User, Created, Counter, RevokedAt, Expires };
}
inline const check::store::Kinds& session_kinds() {
  static const check::store::Kinds kinds = {{.name = "session",
                                             .fields = {{"user_id", GH_TEXT},
                                                        {"created_at", GH_TIME},
                                                        {"counter", GH_INT},
                                                        {"revoked_at", GH_TIME, true},
                                                        {"expires_at", GH_TIME, true}},
                                             .indexes = {{"by_user", {session::User, session::Created}}},
                                             .expiry = session::Expires}};
  return kinds;
}

// The plugin; started, and opened with session_kinds(). Any thread.
class Redis {
 public:
  // Throws std::runtime_error with the plugin's words where it does not start.
  explicit Redis(const std::string& url, Settings settings = {}) : settings_(std::move(settings)) {
    settings_.emplace_back("url", url);
    const auto is_timeout = [](const auto& setting) { return setting.first == "timeout"; };
    if (std::none_of(settings_.begin(), settings_.end(), is_timeout)) {
      settings_.emplace_back("timeout", std::int64_t{300'000});
    }
    settings_.emplace_back("key_prefix", std::string("gt"));
    instance_ = make();
    const Call call;
    started_ = gatehouse_plugin_store_redis.start(instance_, call.get());
    words_ = call.words;
    if (started_ == GH_OK) {
      verbs_ = std::make_unique<check::store::Verbs>(*table<gh_store_v1>(GH_STORE_V1), instance_, session_kinds());
      if (verbs_->open().status != GH_OK) throw std::runtime_error("it did not open");
    }
  }
  ~Redis() {
    const Call call;
    if (started_ == GH_OK) gatehouse_plugin_store_redis.drain(instance_, call.get());
    gatehouse_plugin_store_redis.destroy(instance_);
  }
  Redis(const Redis&) = delete;
  Redis& operator=(const Redis&) = delete;

  gh_status started() const { return started_; }
  const std::string& words() const { return words_; }
  const check::store::Verbs& verbs() const { return *verbs_; }
  gh_instance* instance() const { return instance_; }

  template <class Table>
  const Table* table(const char* id) const {
    for (std::uint32_t at = 0; at < gatehouse_plugin_store_redis.interface_count; ++at) {
      const gh_interface& offered = gatehouse_plugin_store_redis.interfaces[at];
      if (std::string_view(offered.id) == id) return static_cast<const Table*>(offered.table);
    }
    return nullptr;
  }

  static Key key(const std::string& id, const std::string& user = "u") { return {"t", user, id}; }
  static std::vector<Value> values(std::int64_t counter, const std::string& user = "u", Value revoked = {}) {
    using namespace check::store;
    return {text(user), moment(counter), integer(counter), std::move(revoked), null()};
  }
  Committed put(const std::string& id, std::int64_t expected, std::int64_t counter,
                const std::string& user = "u") const {
    return verbs_->commit(check::store::put(0, key(id, user), expected, values(counter, user)));
  }
  gh_status ping() const {
    const Call call;
    return verbs_->table().ping(instance_, call.get());
  }

 private:
  gh_instance* make() {
    std::vector<gh_config_entry> entries;
    for (const auto& [key, value] : settings_) {
      gh_config_entry made{};
      made.key = slice(key);
      if (const auto* number = std::get_if<std::int64_t>(&value)) {
        made.value = {GH_INT, 0, *number, {}};
      } else if (const auto* text = std::get_if<std::string>(&value)) {
        made.value = {GH_TEXT, 0, 0, slice(*text)};
      } else {
        made.value = {GH_BOOL, 0, std::get<bool>(value) ? 1 : 0, {}};
      }
      entries.push_back(made);
    }
    gh_create_args args{};
    args.struct_size = sizeof args;
    args.host = &real_host();
    const std::string name = "redis";
    args.name = slice(name);
    args.config = entries.data();
    args.config_count = entries.size();
    args.config_stride = sizeof(gh_config_entry);
    const Call call;
    gh_instance* made = nullptr;
    if (gatehouse_plugin_store_redis.create(&args, call.get(), &made) != GH_OK) {
      throw std::runtime_error(call.words);
    }
    return made;
  }

  Settings settings_;
  gh_instance* instance_ = nullptr;
  gh_status started_ = GH_INTERNAL;
  std::string words_;
  std::unique_ptr<check::store::Verbs> verbs_;
};

}  // namespace gatehouse::store_redis
