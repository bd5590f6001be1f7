// SPDX-License-Identifier: Apache-2.0
#include "site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace gatehouse::test {
namespace {

Settings site_settings() {
  Settings settings{{"storage.default", R"(["store-postgres"])"},
                    {"server.handler_timeout", "\"3s\""},
                    {"tokens.rotation", "\"strict\""},
                    {"sessions.max_per_user", "0"},
                    {"passwords.hash.memory", "\"1MiB\""},
                    {"rate_limit.enabled", "true"}};
  for (const auto* limit : {"login", "signup", "refresh", "resend", "default"}) {
    settings.emplace(std::string("rate_limit.") + limit, "\"1000000/60s\"");
  }
  return settings;
}

std::vector<AuditEvent> events_of(const PostgresServer& postgres, const std::string& schema) {
  std::istringstream rows(
      postgres.sql("SELECT type, coalesce(session, '') FROM " + schema + ".events WHERE type <> 'token_refreshed'"));
  std::vector<AuditEvent> events;
  for (std::string row; std::getline(rows, row);) {
    const auto bar = row.find('|');
    events.push_back({row.substr(0, bar), row.substr(bar + 1)});
  }
  return events;
}

// As a test's properties, and for who looks.
void record(const History& history) {
  const auto seen = latency(history);
  int unserved = 0;
  for (const auto& act : history.acts) unserved += unanswered(act) ? 1 : 0;
  const auto tell = [](const char* name, std::int64_t value) {
    testing::Test::RecordProperty(name, static_cast<int>(value));
    std::cout << "  " << name << ' ' << value << '\n';
  };
  tell("acts", static_cast<std::int64_t>(history.acts.size()));
  tell("unanswered", unserved);
  tell("faults", static_cast<std::int64_t>(history.faults.size()));
  tell("calm_p99_ms", seen.calm.count());
  tell("slowest_ms", seen.slowest.count());
  tell("recovery_ms", recovery(history).count());
}

}  // namespace

Site::Site(const PostgresServer& postgres, SiteOptions options) : postgres_(postgres), options_(std::move(options)) {
  ServerOptions server;
  server.settings = site_settings();
  server.more = database_block() + keyring_block();
  if (!options_.redis_url.empty()) {
    server.settings.insert({{"storage.sessions", R"(["store-redis"])"}, {"rate_limit.limiter", R"("store-redis")"}});
    server.more += "\n[[plugin]]\nname = \"store-redis\"\ncall_timeout = \"1s\"\n[plugin.config]\nurl = \"" +
                   options_.redis_url + "\"\nkey_prefix = \"" + options_.schema + "\"\n" + options_.redis_settings;
  }
  server.more += options_.more;
  server.environment = options_.environment;
  for (const auto& [key, value] : options_.settings) server.settings.insert_or_assign(key, value);
  migrate();
  auto first = server;
  for (const auto& [key, value] : options_.first_settings) first.settings.insert_or_assign(key, value);
  for (std::size_t node = 0; node < options_.nodes; ++node) {
    nodes_.push_back(std::make_unique<ServerProcess>(node == 0 ? first : server));
  }
}

std::string Site::database_block() const {
  const auto url = options_.database_url.empty() ? postgres_.url() : options_.database_url;
  return "\n[[plugin]]\nname = \"store-postgres\"\ncall_timeout = \"1s\"\n[plugin.config]\nurl = \"" + url +
         "\"\nmax_connections = 6\nschema = \"" + options_.schema + "\"\n";
}

std::string Site::keyring_block() const {
  return "\n[[plugin]]\nname = \"kms-local\"\n[plugin.config]\nkeyring = \"" + (shared_.path() / "keyring").string() +
         "\"\n";
}

ProgramResult Site::command(const std::vector<std::string>& words) const {
  const auto config = shared_.write("command.toml", "state_dir = \"" + (shared_.path() / "state").string() +
                                                        "\"\nstorage.default = [\"store-postgres\"]\n" +
                                                        database_block() + keyring_block());
  ProgramCall call{.arguments = {server_binary().string()}};
  call.arguments.insert(call.arguments.end(), words.begin(), words.end());
  call.arguments.insert(call.arguments.end(), {"--dev", "--config", config.string()});
  return run_program(std::move(call));
}

void Site::migrate() const {
  const auto migrated = command({"migrate", "up"});
  if (migrated.code != 0) throw std::runtime_error("migrate up: " + migrated.err);
}

std::vector<ServerProcess*> Site::nodes() const {
  std::vector<ServerProcess*> nodes;
  for (const auto& node : nodes_) nodes.push_back(node.get());
  return nodes;
}

void Site::stop() {
  for (auto& node : nodes_) EXPECT_EQ(node->stop(), 0) << node->output();
}

History Site::under_load(Rules rules, const std::function<void(Load&)>& work) {
  constexpr std::size_t clients = 6;
  constexpr std::size_t a_while = 25;
  rules.deadline = std::chrono::seconds(3);
  const auto name = options_.schema + std::to_string(++loads_) + "-";
  if (held_.empty()) {
    Load load(nodes(), name + "first-", clients, former_);
    load.run(2 * a_while);
    expect_nothing_against(load.finish(), rules);
    for (const auto* node : nodes()) held_.push_back(footprint(*node));
  }
  Load load(nodes(), name, clients, former_);
  load.run(a_while);
  work(load);
  load.run(a_while);
  auto history = load.finish();
  if (!history.faults.empty()) former_ = {{history.faults.back().begun, history.faults.back().ended}};
  record(history);
  expect_nothing_against(history, rules);
  // What they held before is no measure for those that came after.
  if (rules.servers_die) held_.clear();
  for (std::size_t at = 0; at < held_.size(); ++at) EXPECT_EQ(growth(*nodes_[at], held_[at]), "");
  return history;
}

void Site::expect_nothing_against(const History& history, const Rules& rules) {
  EXPECT_THAT(objections(history, rules), testing::IsEmpty());
  EXPECT_THAT(audit_objections(history, events_of(*events_in_, options_.schema), rules, may_end_twice_),
              testing::IsEmpty());
}

void Site::kill_servers(Load& load, int times) {
  for (int time = 0; time < times; ++time) {
    load.run(3);
    const auto at = static_cast<std::size_t>(time) % nodes_.size();
    load.fault(Fault::Readiness::Stays, [&] {
      nodes_[at]->kill9();
      nodes_[at]->restart();
      load.moved(at, *nodes_[at]);
    });
  }
}

int figure(const char* variable, int lean) {
  const char* text = std::getenv(variable);
  return text == nullptr ? lean : std::stoi(text);
}

}  // namespace gatehouse::test
