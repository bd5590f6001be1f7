// SPDX-License-Identifier: Apache-2.0
#include "app/cli.h"
#include "app/config_values.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

namespace gatehouse::app {
namespace {

// A word that is neither a command nor an option where it stands.
struct Stranger {
  std::string word;
  std::vector<std::string> known;
};

std::optional<Stranger> strange_option(CLI::App& app, const std::string& word) {
  const auto name = word.substr(0, word.find('='));
  Stranger stranger{name, {}};
  for (const auto* option : app.get_options()) {
    for (const auto& known : option->get_lnames()) stranger.known.push_back("--" + known);
  }
  const bool is_known = std::find(stranger.known.begin(), stranger.known.end(), name) != stranger.known.end();
  return is_known ? std::nullopt : std::optional(std::move(stranger));
}

bool takes_value(CLI::App& app, const std::string& word) {
  const auto* option = app.get_option_no_throw(word);
  return option != nullptr && option->get_expected_min() > 0;
}

// The first stranger, or nothing: then the line is wrong in another way, and the parser's words will do.
std::optional<Stranger> find_stranger(CLI::App& root, const std::vector<std::string>& arguments) {
  CLI::App* app = &root;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& word = arguments[i];
    if (word.starts_with("--")) {
      if (auto stranger = strange_option(*app, word)) return stranger;
      if (takes_value(*app, word)) ++i;
      continue;
    }
    const auto commands = app->get_subcommands([](CLI::App*) { return true; });
    if (word.starts_with("-") || commands.empty()) continue;
    const auto found =
        std::find_if(commands.begin(), commands.end(), [&](const CLI::App* c) { return c->get_name() == word; });
    if (found == commands.end()) {
      Stranger stranger{word, {}};
      for (const auto* command : commands) stranger.known.push_back(command->get_name());
      return stranger;
    }
    app = *found;
  }
  return std::nullopt;
}

std::string explain(CLI::App& root, const std::vector<std::string>& arguments, const CLI::ParseError& error) {
  const auto stranger = find_stranger(root, arguments);
  if (!stranger) return std::string("gatehouse: ") + error.what() + "\nSee `gatehouse --help`.\n";
  std::string text = "gatehouse: unknown " + std::string(stranger->word.starts_with("-") ? "option " : "command ") +
                     in_quotes(stranger->word);
  const std::vector<std::string_view> known(stranger->known.begin(), stranger->known.end());
  if (const auto hint = did_you_mean(stranger->word, known); !hint.empty()) {
    text += "; " + hint;
  } else {
    text += "; there is";
    for (const auto& word : stranger->known) text += (word == stranger->known.front() ? " " : ", ") + word;
  }
  return text + "\n";
}

// The commands and their options, bound to the command line they fill.
class Parser {
 public:
  Parser() : root_("Gatehouse, an authentication server", "gatehouse") {
    root_.require_subcommand(1);
    root_.set_version_flag("--version", std::string(GATEHOUSE_VERSION), "Print the version and exit");
    root_.footer(
        "Try it:  gatehouse serve --dev\n"
        "Without a file the environment is the configuration: DATABASE_URL, REDIS_URL, HMAC_SECRETS, MAIL_PROVIDER,\n"
        "SMTP_HOST, ..., and GATEHOUSE__PUBLIC_URL and its like for every setting (docs/configuration.md)\n"
        "Exit codes: 0 done, 1 could not be done, 2 wrong command line or configuration");
    add_serve();
    add_config_commands();
    add_plugins();
    add_keys();
    add_migrate();
    add_store();
    add_users();
    add_mail();
    command(root_, Command::Version, "version", "Print the versions of the server and of its plugin ABI",
            "gatehouse version");
  }

  std::variant<CommandLine, Usage> parse(const std::vector<std::string>& arguments) {
    try {
      // The library takes the words from the back.
      root_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
      line_.plugin_kind = kind_ == "kms"       ? PluginKind::Kms
                          : kind_ == "limiter" ? PluginKind::Limiter
                          : kind_ == "mail"    ? PluginKind::Mail
                                               : PluginKind::Store;
      line_.language = language_ == "c" ? PluginLanguage::C : PluginLanguage::Cpp;
      line_.format = format_ == "json" ? OutputFormat::Json : OutputFormat::Text;
      return line_;
    } catch (const CLI::Success& wanted) {
      std::ostringstream text;
      root_.exit(wanted, text, text);
      return Usage{exit_ok, text.str()};
    } catch (const CLI::ParseError& error) {
      if (arguments.empty()) return Usage{exit_usage, root_.help()};
      return Usage{exit_usage, explain(root_, arguments, error)};
    }
  }

 private:
  CLI::App& command(CLI::App& parent, Command which, const std::string& name, const std::string& what,
                    const std::string& example) {
    auto& app = *parent.add_subcommand(name, what);
    app.footer("Example:  " + example);
    app.callback([this, which] { line_.command = which; });
    return app;
  }

  CLI::App& group(const std::string& name, const std::string& what, const std::string& example) {
    auto& app = *root_.add_subcommand(name, what);
    app.footer("Example:  " + example);
    app.require_subcommand(1);
    return app;
  }

  void add_file(CLI::App& app) {
    app.add_option("--config", line_.config,
                   "The configuration; /etc/gatehouse/gatehouse.toml unless --dev; else the environment alone "
                   "(DATABASE_URL, REDIS_URL, ...)")
        ->type_name("FILE");
    app.add_flag("--dev", line_.dev, "For a developer's machine; needs no file");
  }

  void add_listeners(CLI::App& app) {
    app.add_option("--listen", line_.listen, "Instead of server.listen")->type_name("ADDRESS:PORT");
    app.add_option("--management", line_.management, "Instead of server.management")->type_name("ADDRESS:PORT");
  }

  void add_format(CLI::App& app) {
    app.add_option("--format", format_, "text or json")->type_name("FORMAT")->check(CLI::IsMember({"text", "json"}));
  }

  void add_serve() {
    auto& serve = command(root_, Command::Serve, "serve", "Run the server",
                          "gatehouse serve --config /etc/gatehouse/gatehouse.toml");
    add_file(serve);
    add_listeners(serve);
    serve
        .add_option("--ready-file", line_.ready_file,
                    "Written with the addresses once the server answers, removed when it is told to end")
        ->type_name("FILE");
  }

  void add_config_commands() {
    auto& check =
        command(root_, Command::CheckConfig, "check-config", "Report every problem of a configuration in one run",
                "gatehouse check-config --config gatehouse.toml");
    auto& show = command(root_, Command::ShowConfig, "show-config",
                         "Print every setting and where its value comes from", "gatehouse show-config --dev");
    for (auto* app : {&check, &show}) {
      add_file(*app);
      add_listeners(*app);
      add_format(*app);
    }
    show.add_flag("--reference", line_.reference, "Print every setting with its default and one sentence instead");
  }

  void add_plugins() {
    auto& plugins = group("plugins", "What plugins there are", "gatehouse plugins list --dev");
    auto& list = command(plugins, Command::PluginsList, "list",
                         "List the plugins of a configuration and of its plugin_path", "gatehouse plugins list --dev");
    auto& inspect =
        command(plugins, Command::PluginsInspect, "inspect", "Print what a plugin offers and the block to paste",
                "gatehouse plugins inspect store-memory");
    auto& verify = command(plugins, Command::PluginsVerify, "verify",
                           "Run every check of the plugin contract on a plugin, with its settings of a configuration",
                           "gatehouse plugins verify ./build/acme.so");
    verify.add_option("--only", line_.only, "Only this case, or this group of cases")->type_name("CASE");
    verify
        .add_option("--check", line_.check_file,
                    "A check file: effort, time_factor, quirks, and settings that go before those of the configuration")
        ->type_name("FILE");
    for (auto* app : {&inspect, &verify}) {
      app->add_option("plugin", line_.subject, "Its name in the configuration, its file's stem, or a path")->required();
    }
    for (auto* app : {&list, &inspect, &verify}) {
      add_file(*app);
      add_format(*app);
    }
    add_plugins_new(plugins);
  }

  void add_plugins_new(CLI::App& plugins) {
    auto& create = command(plugins, Command::PluginsNew, "new",
                           "Write the project of a new plugin: it builds, is verified and loads as it is",
                           "gatehouse plugins new store acme-store");
    create.add_option("kind", kind_, "store, kms, limiter or mail")
        ->required()
        ->type_name("KIND")
        ->check(CLI::IsMember({"store", "kms", "limiter", "mail"}));
    create.add_option("name", line_.subject, "The plugin's id, such as acme-store")->required()->type_name("NAME");
    create.add_option("--lang", language_, "cpp (default), or c for kms, limiter and mail")
        ->type_name("LANGUAGE")
        ->check(CLI::IsMember({"cpp", "c"}));
    create.add_option("--dir", line_.directory, "The folder to write to; the name unless given")->type_name("DIR");
  }

  void add_keys() {
    auto& keys = group("keys", "The keys of the configured key provider", "gatehouse keys list --dev");
    auto& init = command(keys, Command::KeysInit, "init", "Make the keys a new server needs; leaves those there are",
                         "gatehouse keys init --config /etc/gatehouse/gatehouse.toml");
    auto& list = command(keys, Command::KeysList, "list", "List the keys", "gatehouse keys list --dev");
    list.add_option("purpose", line_.subject, "Only the keys of this purpose");
    auto& rotate =
        command(keys, Command::KeysRotate, "rotate",
                "Add a version, which signs once it was published long enough; the former ones go on verifying",
                "gatehouse keys rotate access --config gatehouse.toml");
    rotate.add_option("purpose", line_.subject, "access, refresh, identifier, cursor or mail_token")->required();
    rotate.add_flag("--now", line_.now, "Sign with it at once: for a key that others may have");
    for (auto* app : {&init, &list, &rotate}) {
      add_file(*app);
      add_format(*app);
    }
  }

  void add_migrate() {
    auto& migrate = group("migrate", "Bring a store's database to the server's schema", "gatehouse migrate status");
    auto& status = command(migrate, Command::MigrateStatus, "status", "List the migrations and which are missing",
                           "gatehouse migrate status --config gatehouse.toml");
    auto& plan = command(migrate, Command::MigratePlan, "plan", "Print what `up` would do, and change nothing",
                         "gatehouse migrate plan --config gatehouse.toml");
    auto& up =
        command(migrate, Command::MigrateUp, "up", "Apply what is missing; safe to run twice, and at the same time",
                "gatehouse migrate up --config gatehouse.toml");
    for (auto* app : {&status, &plan, &up}) {
      app->add_option("store", line_.subject, "Only this plugin of the configuration");
      add_file(*app);
    }
    add_format(status);
  }

  void add_store() {
    auto& store = group("store", "Records, whatever store they are in",
                        "gatehouse store copy --from store-redis --to store-postgres");
    auto& copy =
        command(store, Command::StoreCopy, "copy",
                "Copy records from one store to another; run again, it goes on where it ended",
                "gatehouse store copy --from store-redis --to store-postgres --kinds session --follow --verify");
    copy.add_option("--from", line_.from, "The [[plugin]] to copy from")->required()->type_name("NAME");
    copy.add_option("--to", line_.to, "The [[plugin]] to copy to; no server may use it yet")
        ->required()
        ->type_name("NAME");
    copy.add_option("--kinds", line_.kinds,
                    "Such as session,ticket; what the configuration keeps in --from unless given")
        ->delimiter(',')
        ->type_name("KIND,..");
    copy.add_option("--tenant", line_.tenants, "Also this tenant, beside those the server knows")
        ->delimiter(',')
        ->type_name("NAME,..");
    copy.add_flag("--mirror", line_.mirror, "Delete in --to what is not in --from");
    auto& follow =
        *copy.add_flag("--follow", line_.follow,
                       "Mirror again and again, while servers go on, until SIGTERM or Ctrl-C and a last pass");
    auto& verify = *copy.add_flag("--verify", line_.verify, "Then compare every record, and the counts, both ways");
    copy.add_flag("--dry-run", line_.dry_run, "Say what there is to do, and change nothing")
        ->excludes(&follow)
        ->excludes(&verify);
    add_file(copy);
    add_format(copy);
  }

  void add_users() {
    auto& users = group("users", "The accounts", "gatehouse users unlock ada@example.org");
    auto& unlock =
        command(users, Command::UsersUnlock, "unlock", "Lift the locks that wrong passwords have put on an account",
                "gatehouse users unlock ada@example.org --config /etc/gatehouse/gatehouse.toml");
    unlock.add_option("email", line_.subject, "The account's address")->required()->type_name("ADDRESS");
    unlock.add_option("--tenant", line_.tenants, "Its tenant, where it is not the default one")
        ->expected(1)
        ->type_name("NAME");
    add_file(unlock);
  }

  void add_mail() {
    auto& mail = group("mail", "Whether mails leave this server", "gatehouse mail test ada@example.com");
    auto& test = command(mail, Command::MailTest, "test", "Send a test mail and say what the mail server answered",
                         "gatehouse mail test ada@example.com --config gatehouse.toml");
    test.add_option("address", line_.subject, "Where to")->required()->type_name("ADDRESS");
    auto& list = command(mail, Command::MailList, "list", "List the mails that were given up, and why",
                         "gatehouse mail list --config gatehouse.toml");
    auto& retry = command(mail, Command::MailRetry, "retry", "Try mails again that were given up",
                          "gatehouse mail retry --all --config gatehouse.toml");
    retry.add_option("id", line_.subject, "The mail, as `mail list` shows it")->type_name("ID");
    retry.add_flag("--all", line_.all, "All of them");
    for (auto* app : {&test, &list, &retry}) add_file(*app);
    for (auto* app : {&test, &list}) add_format(*app);
  }

  CommandLine line_;
  std::string format_ = "text";
  std::string kind_;
  std::string language_ = "cpp";
  CLI::App root_;
};

}  // namespace

std::variant<CommandLine, Usage> parse_command_line(const std::vector<std::string>& arguments) {
  return Parser().parse(arguments);
}

}  // namespace gatehouse::app
