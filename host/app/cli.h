// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.h"
#include "app/scaffold.h"
#include "app/serve.h"
#include "providers/record.h"

#include <functional>
#include <iosfwd>
#include <string>
#include <variant>
#include <vector>

namespace gatehouse {
class Log;
}

namespace gatehouse::app {

enum class Command : std::uint8_t {
  Serve,
  CheckConfig,
  ShowConfig,
  PluginsList,
  PluginsInspect,
  PluginsVerify,
  PluginsNew,
  KeysInit,
  KeysList,
  KeysRotate,
  MigrateStatus,
  MigratePlan,
  MigrateUp,
  StoreCopy,
  UsersUnlock,
  MailTest,
  MailList,
  MailRetry,
  Version,
};

enum class OutputFormat : std::uint8_t { Text, Json };

// A command line that was understood.
struct CommandLine {
  Command command = Command::Version;
  std::string config;  // file; empty: none was given
  bool dev = false;
  std::string listen;      // empty: not given
  std::string management;  // empty: not given
  std::string ready_file;
  OutputFormat format = OutputFormat::Text;
  bool reference = false;                         // show-config
  bool now = false;                               // keys rotate
  std::string subject;                            // plugin, file, purpose, store, address or mail
  PluginKind plugin_kind = PluginKind::Store;     // plugins new
  PluginLanguage language = PluginLanguage::Cpp;  // plugins new
  std::string directory;                          // plugins new; empty: as the plugin
  std::string only;                               // plugins verify; empty: every case
  std::string check_file;                         // plugins verify; empty: none
  std::string from;                               // store copy, as the following
  std::string to;
  std::vector<std::string> kinds;    // empty: what the configuration keeps in `from`
  std::vector<std::string> tenants;  // beside those the server knows; users: the one, empty: the first
  bool follow = false;
  bool mirror = false;
  bool verify = false;
  bool dry_run = false;
  bool all = false;  // mail retry
};

// Exit codes, the same for every command.
inline constexpr int exit_ok = 0;
inline constexpr int exit_failure = 1;  // it was understood, and could not be done
inline constexpr int exit_usage = 2;    // the command line or the configuration is wrong

// A command line that ends here: help was asked for (exit_ok), or it was not understood (exit_usage).
struct Usage {
  int code = exit_usage;
  std::string text;
};

// `arguments` without the program's name. A word that is near a command or an option is named in the usage text.
std::variant<CommandLine, Usage> parse_command_line(const std::vector<std::string>& arguments);

// What the commands need of the rest of the product.
struct Product {
  std::function<int(const ResolvedConfig&, const ServeOptions&, Log&)> serve;
  std::vector<std::string> kinds;  // names of the kinds of records
  std::function<int(const Config&, const std::string& email, const std::string& tenant, std::ostream& out,
                    std::ostream& err)>
      unlock = {};
  std::vector<providers::KindDef> schema = {};
  std::vector<std::string> tenants = {};  // that the server knows
};

// Understands and runs. Returns the exit code; nothing is thrown. `out` gets what was asked for, `err` everything else.
int run_cli(const std::vector<std::string>& arguments, const Product& product, std::ostream& out, std::ostream& err);

}  // namespace gatehouse::app
