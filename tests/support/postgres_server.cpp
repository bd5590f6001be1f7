// SPDX-License-Identifier: Apache-2.0
#include "support/postgres_server.h"

#include <dirent.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace gatehouse::test {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds patience{60};

// The newest of the versions Debian keeps side by side.
std::filesystem::path binaries() {
  std::filesystem::path newest;
  std::error_code none;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    const auto folder = version.path() / "bin";
    if (std::filesystem::exists(folder / "initdb") && folder > newest) newest = folder;
  }
  return newest;
}

std::optional<std::string> other_account() {
  if (::geteuid() != 0) return std::nullopt;
  return "nobody";
}

void hand_over(const std::filesystem::path& path) {
  const auto account = other_account();
  if (!account) return;
  const passwd* entry = ::getpwnam(account->c_str());
  if (entry == nullptr || ::chown(path.c_str(), entry->pw_uid, entry->pw_gid) != 0) {
    throw std::runtime_error("cannot give " + path.string() + " to " + *account);
  }
}

void must_run(ProgramCall call) {
  const std::string name = call.arguments.front();
  const auto result = run_program(std::move(call), patience);
  if (result.code != 0) throw std::runtime_error(name + " failed: " + result.out + result.err);
}

// The processes whose parent is `parent`.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::ifstream in("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
  for (pid_t child = 0; in >> child;) children.push_back(child);
  return children;
}

}  // namespace

bool PostgresServer::available() { return !binaries().empty(); }

PostgresServer::PostgresServer(PostgresOptions options) : options_(std::move(options)) {
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  data_ = (options_.folder.empty() ? folder_.path() : options_.folder) / "data";
  sockets_ = folder_.path() / "run";
  for (const auto& folder : {data_, sockets_}) {
    std::filesystem::create_directory(folder);
    hand_over(folder);
  }
  std::filesystem::permissions(data_, std::filesystem::perms::owner_all);
  if (options_.standby_of != nullptr) {
    copy_cluster();
  } else {
    make_cluster();
  }
  start();
}

PostgresServer::~PostgresServer() {
  if (server_) kill9();
}

void PostgresServer::make_cluster() const {
  ProgramCall call;
  call.arguments = {(binaries() / "initdb").string(),
                    "--pgdata=" + data_.string(),
                    "--username=admin",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                    "--wal-segsize=1"};
  call.account = other_account();
  call.folder = "/";
  must_run(call);
}

void PostgresServer::copy_cluster() const {
  ProgramCall call;
  call.arguments = {(binaries() / "pg_basebackup").string(),
                    "--pgdata=" + data_.string(),
                    "--dbname=user=admin application_name=standby host=" + options_.standby_of->sockets_.string(),
                    "--checkpoint=fast",
                    "--write-recovery-conf",
                    "--no-sync"};
  call.account = other_account();
  call.folder = "/";
  must_run(call);
}

void PostgresServer::wait_for_standby() const {
  sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'");
  sql("SELECT pg_reload_conf()");
  const auto until = steady_clock::now() + patience;
  while (sql("SELECT sync_state FROM pg_stat_replication") != "sync") {
    if (steady_clock::now() > until) throw std::runtime_error("the standby does not follow: " + log());
  }
}

void PostgresServer::start() {
  ++runs_;
  ProgramCall call;
  call.arguments = {(binaries() / "postgres").string(), "-D", data_.string(), "-k", sockets_.string()};
  std::vector<std::pair<std::string, std::string>> settings = {
      {"listen_addresses", ""},
      {"fsync", "off"},
      {"synchronous_commit", "on"},
      {"full_page_writes", "off"},
      {"shared_buffers", "32MB"},
      {"max_connections", "60"},
      {"log_min_messages", "warning"},
      // In its folder, and gone with it: a killed server leaves its shared memory behind.
      {"dynamic_shared_memory_type", "mmap"}};
  settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
  for (const auto& [name, value] : settings) {
    call.arguments.emplace_back("-c");
    call.arguments.push_back(name + "=" + value);
  }
  call.account = other_account();
  call.dies_with_us = true;
  call.folder = "/";
  call.out = folder_.path() / ("out-" + std::to_string(runs_));
  call.err = folder_.path() / ("err-" + std::to_string(runs_));
  server_ = std::make_unique<Program>(call);
  const auto until = steady_clock::now() + patience;
  // The server has no way to say that it is ready but answering.
  while (!answers()) {
    const bool ended = server_->wait(std::chrono::milliseconds(50)).has_value();
    if (!ended && steady_clock::now() < until) continue;
    const auto words = log();
    // The processes of one that was killed live a moment longer than it does.
    const bool too_early = words.find("pre-existing shared memory block") != std::string::npos ||
                           words.find("lock file \"postmaster.pid\" already exists") != std::string::npos;
    if (!ended || !too_early || steady_clock::now() > until) {
      throw std::runtime_error("PostgreSQL did not start: " + words);
    }
    server_ = std::make_unique<Program>(call);
  }
}

bool PostgresServer::answers() const {
  ProgramCall call;
  call.arguments = {(binaries() / "pg_isready").string(), "-q", "-h", sockets_.string(), "-d", "postgres"};
  return run_program(call, patience).code == 0;
}

std::string PostgresServer::url_of(const std::string& user, const std::string& database) const {
  return "postgresql://" + user + "@/" + database + "?host=" + sockets_.string();
}

std::string PostgresServer::new_database() {
  const std::string name = "test" + std::to_string(++databases_);
  sql("CREATE DATABASE " + name);
  return url(name);
}

std::string PostgresServer::sql(const std::string& text, const std::string& database) const {
  ProgramCall call;
  call.arguments = {
      (binaries() / "psql").string(), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url(database), "-c", text};
  const auto result = run_program(call, patience);
  if (result.code != 0) throw std::runtime_error("psql: " + result.err);
  return result.out.substr(0, result.out.find_last_not_of('\n') + 1);
}

void PostgresServer::signal_all(int number) const {
  if (number == SIGSTOP) {
    // The server first: it goes on starting children.
    server_->signal(number);
    for (const pid_t child : children_of(server_->pid())) stop_process(child);
    return;
  }
  // The server last: it would start a child anew that it sees dying.
  for (const pid_t child : children_of(server_->pid())) ::kill(child, number);
  server_->signal(number);
}

void PostgresServer::kill9() {
  const auto children = children_of(server_->pid());
  server_->signal(SIGKILL);
  server_->wait(patience);
  server_.reset();
  for (const pid_t child : children) ::kill(child, SIGKILL);
  std::filesystem::remove(data_ / "postmaster.pid");
}

void PostgresServer::stop() {
  server_->signal(SIGINT);
  if (!server_->wait(patience)) throw std::runtime_error("PostgreSQL did not stop: " + log());
  server_.reset();
}

void PostgresServer::stop_immediately() {
  server_->signal(SIGQUIT);
  if (!server_->wait(patience)) throw std::runtime_error("PostgreSQL did not stop: " + log());
  server_.reset();
}

std::string PostgresServer::log() const {
  std::string text;
  for (int run = 1; run <= runs_; ++run) text += read_file(folder_.path() / ("err-" + std::to_string(run)));
  return text;
}

}  // namespace gatehouse::test
