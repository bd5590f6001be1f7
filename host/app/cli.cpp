// SPDX-License-Identifier: Apache-2.0
#include "app/cli.h"

#include "app/commands/commands.h"

#include <cerrno>
#include <exception>
#include <ostream>
#include <system_error>

namespace gatehouse::app {
namespace {

int run(const CommandLine& line, const Product& product, const Streams& streams) {
  switch (line.command) {
    case Command::Serve: return serve_command(line, product, streams);
    case Command::CheckConfig: return check_config_command(line, product, streams);
    case Command::ShowConfig: return show_config_command(line, product, streams);
    case Command::PluginsList: return plugins_list_command(line, product, streams);
    case Command::PluginsInspect: return plugins_inspect_command(line, product, streams);
    case Command::PluginsVerify: return plugins_verify_command(line, product, streams);
    case Command::PluginsNew: return plugins_new_command(line, streams);
    case Command::KeysInit: return keys_init_command(line, product, streams);
    case Command::KeysList: return keys_list_command(line, product, streams);
    case Command::KeysRotate: return keys_rotate_command(line, product, streams);
    case Command::MigrateStatus: return migrate_status_command(line, product, streams);
    case Command::MigratePlan: return migrate_plan_command(line, product, streams);
    case Command::MigrateUp: return migrate_up_command(line, product, streams);
    case Command::StoreCopy: return store_copy_command(line, product, streams);
    case Command::UsersUnlock: return users_unlock_command(line, product, streams);
    case Command::MailTest: return mail_test_command(line, product, streams);
    case Command::MailList: return mail_list_command(line, product, streams);
    case Command::MailRetry: return mail_retry_command(line, product, streams);
    case Command::Version: return version_command(streams);
  }
  return exit_usage;
}

// Half an answer with the exit code of a whole one would be believed.
int written(std::ostream& out, std::ostream& err, int code) {
  errno = 0;
  if (out.flush()) return code;
  const int reason = errno;
  err << "gatehouse: the answer could not be written to standard output"
      << (reason == 0 ? "" : ": " + std::generic_category().message(reason)) << "\n";
  return code == exit_ok ? exit_failure : code;
}

}  // namespace

int run_cli(const std::vector<std::string>& arguments, const Product& product, std::ostream& out, std::ostream& err) {
  try {
    const auto parsed = parse_command_line(arguments);
    if (const auto* usage = std::get_if<Usage>(&parsed)) {
      (usage->code == exit_ok ? out : err) << usage->text;
      return written(out, err, usage->code);
    }
    return written(out, err, run(std::get<CommandLine>(parsed), product, {out, err}));
  } catch (const std::exception& failure) {
    err << "gatehouse: " << failure.what() << "\n";
    return exit_failure;
  }
}

}  // namespace gatehouse::app
