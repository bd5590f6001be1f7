// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"
#include "app/commands/text_table.h"
#include "app/log_setup.h"
#include "app/member_trial.h"
#include "app/plugin_set.h"
#include "base/clock.h"
#include "base/json_text.h"
#include "base/log_json.h"
#include "base/metrics.h"
#include "base/random.h"
#include "mail/dead_mails.h"

#include <algorithm>
#include <chrono>
#include <ostream>
#include <stdexcept>
#include <utility>
#include <variant>

namespace gatehouse::app {
namespace {

constexpr std::chrono::seconds patience{30};
constexpr std::string_view kind_name = "mail_job";

// The store that servers of this configuration keep mails in, and nothing else of the server.
class MailStore {
 public:
  MailStore(const Config& config, const Product& product)
      : log_({.level = LogLevel::Warn, .style = log_options(config.log).style}, clock_),
        kinds_(kinds_of(product)),
        store_(chosen(config)),
        plugins_(config, roles_of(store_), {clock_, random_, log_, metrics_}),
        storage_(kinds_, {&plugins_.get(store_)}) {
    plugins_.start();
    storage_.open(call({}));
  }

  // Whether what a server keeps there can be seen by another process.
  bool to_be_seen() const { return storage_.shared(0) || storage_.durable(0); }
  const std::string& name() const noexcept { return store_; }
  mail::DeadMails dead_mails() { return {storage_, 0}; }
  Call call(std::string_view tenant) const { return {clock_.steady() + patience, clock_.now(), "command", {}, tenant}; }

 private:
  static std::vector<providers::KindDef> kinds_of(const Product& product) {
    const auto& all = product.schema;
    const auto found = std::find_if(all.begin(), all.end(), [](const auto& kind) { return kind.name == kind_name; });
    if (found == all.end()) throw std::logic_error("the schema has no mail_job");
    return {*found};
  }
  // As a server chooses at its start.
  std::string chosen(const Config& config) {
    auto choices = choose(config, {{chain_path_of_mails, config.store_chain(kind_name), {0}}},
                          MemberTrial(config, kinds_, clock_, random_));
    return choices.front().chosen;
  }
  static PluginRoles roles_of(const std::string& store) {
    PluginRoles roles;
    roles.store_by_kind = {store};
    return roles;
  }

  static constexpr const char* chain_path_of_mails = "storage.mail_jobs";
  SystemClock clock_;
  SystemRandom random_;
  MetricRegistry metrics_;
  JsonLog log_;
  const std::vector<providers::KindDef> kinds_;
  const std::string store_;
  PluginSet plugins_;
  providers::Storage storage_;
};

int failed(const std::string& words, const Streams& streams, int code = exit_failure) {
  streams.err << "gatehouse: " << words << "\n";
  return code;
}

// Every dead mail of every tenant the server knows, or the exit code.
std::variant<std::vector<mail::MailJob>, int> read_all(MailStore& store, const Product& product,
                                                       const Streams& streams) {
  if (!store.to_be_seen()) {
    return failed(store.name() +
                      " keeps its records in the memory of the server that runs with it; this command is "
                      "another process and sees none of them",
                  streams);
  }
  std::vector<mail::MailJob> jobs;
  for (const auto& tenant : product.tenants) {
    const auto read =
        store.dead_mails().each(store.call(tenant), [&](const mail::MailJob& job) { jobs.push_back(job); });
    if (!read) return failed(read.error().detail, streams);
  }
  return jobs;
}

std::string time_text(const std::optional<Time>& time) { return time ? to_rfc3339(*time) : std::string(); }

// Without the address: who asks for it has the user's id.
void print_text(const std::vector<mail::MailJob>& jobs, std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {{"ID", "MAIL", "USER", "GIVEN UP", "OF USE UNTIL", "WHY"}};
  for (const auto& job : jobs) {
    rows.push_back({job.id, std::string(mail::template_name(job.what)), job.user, time_text(job.dead_at),
                    to_rfc3339(job.useful_until), job.last_error});
  }
  out << text_table(rows);
}

void print_json(const std::vector<mail::MailJob>& jobs, std::ostream& out) {
  std::string text = R"({"mails":[)";
  for (const auto& job : jobs) {
    text += &job == &jobs.front() ? R"({"id":)" : R"(,{"id":)";
    append_json_text(text, job.id);
    const std::pair<std::string_view, std::string> members[] = {{"tenant", job.tenant},
                                                                {"mail", std::string(mail::template_name(job.what))},
                                                                {"user", job.user},
                                                                {"deadAt", time_text(job.dead_at)},
                                                                {"usefulUntil", to_rfc3339(job.useful_until)},
                                                                {"reason", job.last_error}};
    for (const auto& [name, value] : members) {
      text.append(",\"").append(name).append("\":");
      append_json_text(text, value);
    }
    text += "}";
  }
  out << text << "]}\n";
}

}  // namespace

int mail_list_command(const CommandLine& line, const Product& product, const Streams& streams) {
  const auto resolved = load_or_report(line, product, streams);
  if (!resolved) return exit_usage;
  MailStore store(resolved->config, product);
  const auto read = read_all(store, product, streams);
  if (const auto* code = std::get_if<int>(&read)) return *code;
  const auto& jobs = std::get<std::vector<mail::MailJob>>(read);
  if (line.format == OutputFormat::Json) {
    print_json(jobs, streams.out);
  } else if (jobs.empty()) {
    streams.out << "no mail was given up\n";
  } else {
    print_text(jobs, streams.out);
  }
  return exit_ok;
}

int mail_retry_command(const CommandLine& line, const Product& product, const Streams& streams) {
  if (line.all == !line.subject.empty()) {
    return failed("name one mail, as `gatehouse mail list` shows it, or all of them with --all", streams, exit_usage);
  }
  const auto resolved = load_or_report(line, product, streams);
  if (!resolved) return exit_usage;
  MailStore store(resolved->config, product);
  const auto read = read_all(store, product, streams);
  if (const auto* code = std::get_if<int>(&read)) return *code;
  std::size_t revived = 0;
  std::size_t useless = 0;
  bool met = false;
  for (const auto& job : std::get<std::vector<mail::MailJob>>(read)) {
    if (!line.all && job.id != line.subject) continue;
    met = true;
    const auto done = store.dead_mails().revive(job, store.call(job.tenant));
    if (!done) return failed(job.id + ": " + done.error().detail, streams);
    if (*done == mail::DeadMails::Revived::Yes) ++revived;
    if (*done == mail::DeadMails::Revived::Useless) ++useless;
  }
  if (!line.all && !met) return failed("no mail " + line.subject + " was given up; see `gatehouse mail list`", streams);
  streams.out << revived << " due again"
              << (useless == 0 ? "" : ", " + std::to_string(useless) + " of no use any more: the link has run out")
              << "\n";
  return line.all || revived == 1 ? exit_ok : exit_failure;
}

}  // namespace gatehouse::app
