// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"
#include "app/commands/text_table.h"
#include "app/log_setup.h"
#include "app/plugin_set.h"
#include "base/clock.h"
#include "base/json_text.h"
#include "base/log_json.h"
#include "base/metrics.h"
#include "base/random.h"
#include "plugins/plugin_file.h"
#include "providers/migrations.h"

#include <gatehouse/migrations.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <ostream>
#include <utility>
#include <vector>

namespace gatehouse::app {
namespace {

using providers::Migration;
using providers::Migrations;
using providers::MigrationState;

// A migration may rewrite a large table.
constexpr std::chrono::hours patience{12};

std::string_view name_of(MigrationState state) {
  switch (state) {
    case MigrationState::Pending: return "pending";
    case MigrationState::Applied: return "applied";
    case MigrationState::Changed: return "changed";
    case MigrationState::Unknown: break;
  }
  return "unknown";
}

// The stores of a configuration that have migrations.
std::vector<const PluginBlock*> migratable(const Config& config, const CommandLine& line, const Product& product) {
  std::vector<const PluginBlock*> blocks;
  for (const auto& block : config.plugins) {
    const auto& offered = block.interfaces;
    if (std::find(offered.begin(), offered.end(), GH_MIGRATIONS_V1) == offered.end()) continue;
    const bool in_use = std::any_of(product.kinds.begin(), product.kinds.end(), [&](const std::string& kind) {
      const auto& chain = config.store_chain(kind);
      return std::find(chain.begin(), chain.end(), block.name) != chain.end();
    });
    if (line.subject.empty() ? in_use : line.subject == block.name) blocks.push_back(&block);
  }
  return blocks;
}

// One store's plugin and nothing else of the server.
class MigratingPlugin {
 public:
  MigratingPlugin(const Config& config, const PluginBlock& block)
      : log_({.level = LogLevel::Warn, .style = log_options(config.log).style}, clock_),
        instance_(block.file->entry(), patient(config, block), {clock_, random_, log_, metrics_}, {GH_MIGRATIONS_V1}),
        migrations_(instance_) {
    instance_.start();
  }
  Migrations& migrations() noexcept { return migrations_; }
  Call call() const { return {clock_.steady() + patience, clock_.now(), "command", {}, {}}; }

 private:
  static plugins::InstanceConfig patient(const Config& config, const PluginBlock& block) {
    auto instance = instance_config(config, block);
    instance.call_timeout = patience;
    return instance;
  }

  SystemClock clock_;
  SystemRandom random_;
  MetricRegistry metrics_;
  JsonLog log_;
  plugins::Instance instance_;
  Migrations migrations_;
};

using Work = std::function<Result<void>(const std::string& store, MigratingPlugin&)>;

int for_each_store(const CommandLine& line, const Product& product, const Streams& streams, const Work& work) {
  const auto resolved = load_or_report(line, product, streams);
  if (!resolved) return exit_usage;
  const auto blocks = migratable(resolved->config, line, product);
  if (blocks.empty()) {
    streams.err << "gatehouse: "
                << (line.subject.empty() ? std::string("no store of this configuration has migrations")
                                         : "no plugin " + line.subject + " with migrations is configured")
                << "\n";
    return line.subject.empty() ? exit_ok : exit_usage;
  }
  for (const auto* block : blocks) {
    MigratingPlugin plugin(resolved->config, *block);
    const auto done = work(block->name, plugin);
    if (!done) {
      streams.err << "gatehouse: " << block->name << ": " << done.error().detail << "\n";
      return exit_failure;
    }
  }
  return exit_ok;
}

struct Found {
  std::string store;
  Migration migration;
};

std::string time_of(const Migration& migration) {
  return migration.applied_at ? to_rfc3339(*migration.applied_at) : std::string();
}

void print_text(const std::vector<Found>& all, std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {{"STORE", "MIGRATION", "STATE", "APPLIED"}};
  for (const auto& [store, migration] : all) {
    rows.push_back({store, migration.name, std::string(name_of(migration.state)), time_of(migration)});
  }
  out << text_table(rows);
}

void print_json(const std::vector<Found>& all, std::ostream& out) {
  std::string text = R"({"migrations":[)";
  bool first = true;
  for (const auto& [store, migration] : all) {
    text += std::exchange(first, false) ? R"({"store":)" : R"(,{"store":)";
    append_json_text(text, store);
    text += R"(,"number":)" + std::to_string(migration.number) + R"(,"name":)";
    append_json_text(text, migration.name);
    text += R"(,"state":)";
    append_json_text(text, name_of(migration.state));
    if (migration.applied_at) {
      text += R"(,"appliedAt":)";
      append_json_text(text, time_of(migration));
    }
    text += "}";
  }
  out << text << "]}\n";
}

}  // namespace

int migrate_status_command(const CommandLine& line, const Product& product, const Streams& streams) {
  std::vector<Found> all;
  const int code = for_each_store(line, product, streams, [&](const std::string& store, MigratingPlugin& plugin) {
    return plugin.migrations().status(plugin.call(), [&](const Migration& migration) {
      all.push_back({store, migration});
    });
  });
  if (code != exit_ok) return code;
  if (!all.empty() || line.format == OutputFormat::Json) {
    (line.format == OutputFormat::Json ? print_json : print_text)(all, streams.out);
  }
  const bool complete = std::all_of(
      all.begin(), all.end(), [](const Found& found) { return found.migration.state == MigrationState::Applied; });
  return complete ? exit_ok : exit_failure;
}

int migrate_plan_command(const CommandLine& line, const Product& product, const Streams& streams) {
  return for_each_store(line, product, streams, [&](const std::string& store, MigratingPlugin& plugin) {
    bool any = false;
    const auto planned = plugin.migrations().plan(plugin.call(), [&](const Migration& migration) {
      any = true;
      streams.out << "-- " << store << ": " << migration.name << "\n" << migration.text << "\n";
    });
    if (planned && !any) streams.out << "-- " << store << ": nothing to do\n";
    return planned;
  });
}

int migrate_up_command(const CommandLine& line, const Product& product, const Streams& streams) {
  return for_each_store(line, product, streams, [&](const std::string& store, MigratingPlugin& plugin) {
    bool any = false;
    const auto applied = plugin.migrations().apply(plugin.call(), [&](const Migration& migration) {
      any = true;
      streams.out << store << ": applied " << migration.name << std::endl;
    });
    if (applied && !any) streams.out << store << ": no migration to apply; rights granted again\n";
    return applied;
  });
}

}  // namespace gatehouse::app
