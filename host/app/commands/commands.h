// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli.h"

#include <iosfwd>
#include <optional>
#include <string>

namespace gatehouse::app {

// Where a command's answer goes, and everything else.
struct Streams {
  std::ostream& out;
  std::ostream& err;
};

// The configuration of a command. Empty: it has errors, and they were printed. Warnings are printed too.
std::optional<ResolvedConfig> load_or_report(const CommandLine& line, const Product& product, const Streams& streams);
// The same, for commands that look at plugins without running them; null where no configuration was given and none is
// in the usual place: what there is to know without one is still told.
struct PluginConfig {
  bool has_errors = false;  // and they were printed
  std::optional<Config> config;
};
PluginConfig load_without_plugins(const CommandLine& line, const Product& product, const Streams& streams);

// Each returns the exit code.
int serve_command(const CommandLine& line, const Product& product, const Streams& streams);
int check_config_command(const CommandLine& line, const Product& product, const Streams& streams);
int show_config_command(const CommandLine& line, const Product& product, const Streams& streams);
int plugins_list_command(const CommandLine& line, const Product& product, const Streams& streams);
int plugins_inspect_command(const CommandLine& line, const Product& product, const Streams& streams);
int plugins_verify_command(const CommandLine& line, const Product& product, const Streams& streams);
int plugins_new_command(const CommandLine& line, const Streams& streams);
int keys_init_command(const CommandLine& line, const Product& product, const Streams& streams);
int keys_list_command(const CommandLine& line, const Product& product, const Streams& streams);
int keys_rotate_command(const CommandLine& line, const Product& product, const Streams& streams);
int migrate_status_command(const CommandLine& line, const Product& product, const Streams& streams);
int migrate_plan_command(const CommandLine& line, const Product& product, const Streams& streams);
int migrate_up_command(const CommandLine& line, const Product& product, const Streams& streams);
int store_copy_command(const CommandLine& line, const Product& product, const Streams& streams);
int users_unlock_command(const CommandLine& line, const Product& product, const Streams& streams);
int mail_test_command(const CommandLine& line, const Product& product, const Streams& streams);
int mail_list_command(const CommandLine& line, const Product& product, const Streams& streams);
int mail_retry_command(const CommandLine& line, const Product& product, const Streams& streams);
int version_command(const Streams& streams);

}  // namespace gatehouse::app
