// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"
#include "app/config_forms.h"
#include "app/log_setup.h"
#include "app/plugin_set.h"
#include "app/state_folder.h"
#include "base/clock.h"
#include "base/json_text.h"
#include "base/log_json.h"
#include "base/metrics.h"
#include "base/random.h"
#include "providers/mailer.h"

#include <chrono>
#include <ostream>
#include <utility>

namespace gatehouse::app {
namespace {

constexpr std::chrono::seconds patience{60};

struct Outcome {
  std::string plugin;
  std::string failure;  // empty: the mail was taken
};

providers::Mail test_mail(const Config& config, const std::string& to, const std::string& id) {
  const auto sender = mail_sender_of(config.mail.from);
  providers::Mail mail;
  mail.message_id = id + "@" + sender.address.substr(sender.address.rfind('@') + 1);
  mail.from_address = sender.address;
  mail.from_name = sender.name;
  mail.to_address = to;
  mail.subject = "A test mail from Gatehouse";
  mail.text =
      "This is the test mail that `gatehouse mail test` was asked for.\n\n"
      "If you can read it, mails of this server arrive here. Nothing has to be done.\n";
  return mail;
}

// The transports of mails and nothing else of the server.
class MailPlugins {
 public:
  explicit MailPlugins(const Config& config)
      : config_(config),
        log_({.level = LogLevel::Error, .style = log_options(config.log).style}, clock_),
        plugins_(config, roles_of(config), {clock_, random_, log_, metrics_}) {
    plugins_.start();
  }

  // Through each of them: the second of two alternatives is not tried by a server while the first one works.
  std::vector<Outcome> send(const std::string& to) {
    std::vector<Outcome> outcomes;
    for (const auto& name : config_.mail.deliver_via) {
      providers::Mailer mailer(plugins_.get(name));
      const Call call{clock_.steady() + patience, clock_.now(), "command", {}, {}};
      const auto id = make_uuid7(random_, call.now);
      const auto sent = mailer.send(test_mail(config_, to, id), call);
      outcomes.push_back({name, sent ? std::string() : sent.error().detail});
    }
    return outcomes;
  }

 private:
  static PluginRoles roles_of(const Config& config) {
    PluginRoles roles;
    roles.mail = config.mail.deliver_via;
    return roles;
  }

  const Config& config_;
  SystemClock clock_;
  SystemRandom random_;
  MetricRegistry metrics_;
  JsonLog log_;
  PluginSet plugins_;
};

void print_json(const std::vector<Outcome>& outcomes, std::ostream& out) {
  std::string text = R"({"transports":[)";
  for (const auto& outcome : outcomes) {
    text += &outcome == &outcomes.front() ? R"({"plugin":)" : R"(,{"plugin":)";
    append_json_text(text, outcome.plugin);
    text += outcome.failure.empty() ? R"(,"taken":true)" : R"(,"taken":false,"reason":)";
    if (!outcome.failure.empty()) append_json_text(text, outcome.failure);
    text += "}";
  }
  out << text << "]}\n";
}

}  // namespace

int mail_test_command(const CommandLine& line, const Product& product, const Streams& streams) {
  const auto resolved = load_or_report(line, product, streams);
  if (!resolved) return exit_usage;
  const auto& config = resolved->config;
  if (!mail_sender(line.subject).empty() || line.subject.find('<') != std::string::npos) {
    streams.err << "gatehouse: " << line.subject << " is not an address such as ada@example.com\n";
    return exit_usage;
  }
  if (config.mail.deliver_via.empty()) {
    streams.err << "gatehouse: mail.deliver_via names no plugin: this server sends no mail\n";
    return exit_failure;
  }
  prepare_state_folder(config.state_dir);
  const auto outcomes = MailPlugins(config).send(line.subject);
  bool all_taken = true;
  for (const auto& outcome : outcomes) {
    all_taken = all_taken && outcome.failure.empty();
    if (line.format == OutputFormat::Json) continue;
    if (outcome.failure.empty()) {
      streams.out << outcome.plugin << ": the mail from " << config.mail.from << " was taken\n";
    } else {
      streams.err << "gatehouse: " << outcome.failure << "\n";
    }
  }
  if (line.format == OutputFormat::Json) print_json(outcomes, streams.out);
  return all_taken ? exit_ok : exit_failure;
}

}  // namespace gatehouse::app
