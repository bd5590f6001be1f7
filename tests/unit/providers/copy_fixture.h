// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugins/instance.h"
#include "providers/store_copy.h"
#include "support/plugin_fakes.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

extern "C" const gh_plugin gatehouse_plugin_store_memory;

namespace gatehouse::providers {

enum : KindId { user, session, event };
enum : std::uint32_t { owner, seen_at, expires };

inline std::string numbered(std::string_view name, int number) {
  return std::string(name).append(std::to_string(number));
}

inline std::vector<KindDef> copied_kinds() {
  const std::vector<FieldDef> fields = {
      {"owner", ValueType::Text, true}, {"seen", ValueType::Int, true}, {"expires_at", ValueType::Time, true}};
  return {{.name = "user", .fields = fields, .indexes = {{"email", {owner}, true}}, .expiry_field = {}},
          {.name = "session", .fields = fields, .indexes = {{"by_owner", {owner}, false}}, .expiry_field = expires},
          {.name = "event", .fields = fields, .indexes = {}, .expiry_field = expires, .append_only = true}};
}

// A storage of which all kinds are in one store.
class CopiedStore {
 public:
  CopiedStore(const gh_plugin& entry, plugins::InstanceConfig config, test::PluginHost& host)
      : host_(host),
        instance_(entry, std::move(config), host.services(), {GH_STORE_V1}),
        storage_(copied_kinds(), {&instance_, &instance_, &instance_}) {
    instance_.start();
    storage_.open(host.call());
  }

  Storage& storage() { return storage_; }

  // Creates or replaces.
  void put_in(std::string_view tenant, KindId kind, std::string_view partition, std::string_view id,
              std::vector<Value> values) {
    write({.op = Write::Op::Put,
           .kind = kind,
           .key = {tenant, partition, id},
           .expected_version = version_in(tenant, kind, partition, id),
           .values = values});
  }
  void put_in(std::string_view tenant, KindId kind, std::string_view partition, std::string_view id, int seen,
              std::optional<Time> end = {}) {
    put_in(tenant, kind, partition, id, {Value::text(partition), Value::integer(seen), Value::time(end)});
  }
  void put(KindId kind, std::string_view partition, std::string_view id, int seen, std::optional<Time> end = {}) {
    put_in("acme", kind, partition, id, seen, end);
  }
  void put_short(KindId kind, std::string_view partition, std::string_view id) {
    put_in("acme", kind, partition, id, {Value::text(partition)});
  }
  void put_user(std::string_view id, std::string_view email) {
    put_in("acme", user, id, id, {Value::text(email), Value::integer(0), Value::null()});
  }
  void remove(KindId kind, std::string_view partition, std::string_view id) {
    write({.op = Write::Op::Delete,
           .kind = kind,
           .key = {"acme", partition, id},
           .expected_version = version(kind, partition, id),
           .values = {}});
  }

  std::int64_t version(KindId kind, std::string_view partition, std::string_view id) {
    return version_in("acme", kind, partition, id);
  }
  std::int64_t seen(KindId kind, std::string_view partition, std::string_view id) {
    std::int64_t value = 0;
    (void)storage_.get(kind, {"acme", partition, id}, host_.call(),
                       [&](RecordReader& record) { value = record.integer(seen_at); });
    return value;
  }
  // Every record of a tenant in words, without its version.
  std::vector<std::string> all(std::string_view tenant = "acme") {
    std::vector<std::string> records;
    for (KindId kind = 0; kind < 3; ++kind) {
      Query query;
      query.kind = kind;
      query.tenant = tenant;
      query.limit = 1000;
      do {
        const auto page = storage_.find(query, host_.call(), [&](RecordReader& record) {
          const auto end = record.optional_time(expires);
          records.push_back(storage_.schema()[kind].name + ' ' + std::string(record.key().partition) + '/' +
                            std::string(record.key().id) + ' ' + std::string(record.text(owner)) + ' ' +
                            std::to_string(record.integer(seen_at)) + (end ? " ends " + to_rfc3339(*end) : ""));
        });
        if (!page) throw std::runtime_error(page.error().detail);
        query.cursor = page->next_cursor;
      } while (!query.cursor.empty());
    }
    return records;
  }

 private:
  std::int64_t version_in(std::string_view tenant, KindId kind, std::string_view partition, std::string_view id) {
    std::int64_t version = 0;
    (void)storage_.get(kind, {tenant, partition, id}, host_.call(),
                       [&](RecordReader& record) { version = record.version(); });
    return version;
  }
  void write(const Write& one) {
    const auto done = storage_.commit({&one, 1}, host_.call());
    if (!done || *done) throw std::runtime_error("the test could not write");
  }

  test::PluginHost& host_;
  plugins::Instance instance_;
  Storage storage_;
};

// Two stores in this process. Waiting lasts no time but moves the clock.
class CopyTest : public testing::Test {
 protected:
  static plugins::InstanceConfig config(const char* name) { return {.name = name, .state_dir = "/nowhere"}; }

  PatientCalls::Wait waiting() {
    return [this](std::chrono::milliseconds time) {
      host.clock.advance(time);
      if (!stop_after_asked) return true;
      return (*stop_after_asked)-- > 0;
    };
  }
  StoreCopy copy() { return {from.storage(), to.storage(), {"acme"}, calls}; }

  test::PluginHost host;
  std::optional<int> stop_after_asked;
  PatientCalls calls{host.clock, waiting()};
  CopiedStore from{gatehouse_plugin_store_memory, config("from"), host};
  CopiedStore to{gatehouse_plugin_store_memory, config("to"), host};
};

}  // namespace gatehouse::providers
