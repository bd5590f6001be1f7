// SPDX-License-Identifier: Apache-2.0
#include "support/server_process.h"

#include "support/folder_watch.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace gatehouse::test {
namespace {

using std::chrono::steady_clock;

// The Redis that the whole test program keeps its sessions and limits in (with_redis), or null: memory.
const char* shared_redis() { return std::getenv("GATEHOUSE_TEST_REDIS_URL"); }

// Each server has keys of its own in the shared Redis.
std::string redis_block() {
  static std::atomic<int> made{0};
  return "\n[[plugin]]\nname = \"store-redis\"\n[plugin.config]\nurl = \"" + std::string(shared_redis()) +
         "\"\nkey_prefix = \"api_" + std::to_string(::getpid()) + "_" + std::to_string(++made) + "\"\n";
}

// The database the whole test program is run over (with_postgres), or null: memory.
const char* shared_database() { return std::getenv("TEST_DATABASE_URL"); }

// Each server has tables of its own in the shared database.
std::string postgres_block() {
  static std::atomic<int> made{0};
  return "\n[[plugin]]\nname = \"store-postgres\"\n[plugin.config]\n"
         "url = { env = \"TEST_DATABASE_URL\" }\nmax_connections = 8\nschema = \"api_" +
         std::to_string(::getpid()) + "_" + std::to_string(++made) + "\"\n";
}

std::string config_text(const ServerOptions& options, const std::filesystem::path& state) {
  Settings settings = options.quick ? quick_settings() : Settings{};
  if (shared_redis() != nullptr) {
    settings.insert_or_assign("storage.sessions", R"(["store-redis"])");
    settings.insert_or_assign("rate_limit.limiter", R"("store-redis")");
  }
  if (shared_database() != nullptr) {
    settings.insert_or_assign("storage.default", R"(["store-postgres"])");
  }
  settings.insert_or_assign("state_dir", '"' + state.string() + '"');
  for (const auto& [key, value] : options.settings) settings.insert_or_assign(key, value);
  std::string text;
  for (const auto& [key, value] : settings) text += key + " = " + value + '\n';
  return text + options.more;
}

std::optional<Address> address_line(const std::string& text, std::string_view name) {
  const auto begin = text.find(std::string(name) + '=');
  if (begin == std::string::npos) return std::nullopt;
  const auto end = text.find('\n', begin);
  const auto colon = text.rfind(':', end);
  if (end == std::string::npos || colon < begin) return std::nullopt;
  Address address;
  const auto host = begin + name.size() + 1;
  address.host = text.substr(host, colon - host);
  std::from_chars(text.data() + colon + 1, text.data() + end, address.port);
  return address;
}

}  // namespace

std::filesystem::path server_binary() { return GATEHOUSE_BINARY; }

Settings quick_settings() {
  return {
      {"login.min_response", "\"0ms\""}, {"login.max_jitter", "\"0ms\""},       {"mail.min_response", "\"0ms\""},
      {"passwords.hash.passes", "1"},    {"passwords.hash.memory", "\"8MiB\""}, {"passwords.hash.lanes", "1"},
      {"rate_limit.enabled", "false"},   {"lockout.enabled", "false"},
  };
}

ServerProcess::ServerProcess(ServerOptions options) : options_(std::move(options)) {
  if (shared_redis() != nullptr) options_.more += redis_block();
  if (shared_database() != nullptr) {
    options_.more += postgres_block();
    migrate();
  }
  start();
}

void ServerProcess::migrate() const {
  const auto config = folder_.write("gatehouse.toml", config_text(options_, state_folder()));
  ProgramCall call;
  call.arguments = {server_binary().string(), "migrate", "up", "--dev", "--config", config.string()};
  call.environment = options_.environment;
  const auto migrated = run_program(call);
  if (migrated.code != 0) throw std::runtime_error("migrate up: " + migrated.err);
}

ServerProcess::~ServerProcess() = default;

void ServerProcess::start() {
  ++runs_;
  const auto ready_file = folder() / ("ready-" + std::to_string(runs_));
  ProgramCall call;
  call.arguments = {server_binary().string(), "serve",       "--listen",     options_.listen,
                    "--management",           "127.0.0.1:0", "--ready-file", ready_file.string()};
  if (options_.file) {
    const auto config = folder_.write("gatehouse.toml", config_text(options_, state_folder()));
    call.arguments.insert(call.arguments.end(), {"--dev", "--config", config.string()});
  }
  call.arguments.insert(call.arguments.end(), options_.arguments.begin(), options_.arguments.end());
  call.environment = options_.environment;
  call.folder = folder();
  call.out = folder() / ("out-" + std::to_string(runs_));
  call.err = folder() / ("err-" + std::to_string(runs_));
  call.max_files = options_.max_files;
  call.dies_with_us = true;
  program_ = std::make_unique<Program>(call);
  wait_until_ready(ready_file);
}

void ServerProcess::wait_until_ready(const std::filesystem::path& ready_file) {
  const FolderWatch watch(folder());
  const auto until = steady_clock::now() + options_.start_patience;
  while (true) {
    const auto text = read_file(ready_file);
    const auto listen = address_line(text, "listen");
    const auto management = address_line(text, "management");
    if (listen && management) {
      listen_ = *listen;
      management_ = *management;
      return;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now());
    if (!watch.wait(program_->descriptor(), left)) break;
  }
  const auto code = program_->wait(std::chrono::milliseconds(0));
  program_.reset();
  throw std::runtime_error((code ? "the server ended with code " + std::to_string(*code) : "the server is not ready") +
                           ":\n" + output());
}

int ServerProcess::stop(std::chrono::milliseconds patience) {
  program_->signal(SIGTERM);
  return wait(patience);
}

int ServerProcess::wait(std::chrono::milliseconds patience) {
  const auto code = program_->wait(patience);
  if (!code) throw std::runtime_error("the server did not end after SIGTERM:\n" + output());
  program_.reset();
  return *code;
}

void ServerProcess::kill9() {
  program_->signal(SIGKILL);
  program_->wait(std::chrono::seconds(30));
  program_.reset();
}

void ServerProcess::restart() { start(); }

std::string ServerProcess::output() const {
  std::string text;
  for (int run = 1; run <= runs_; ++run) {
    text += read_file(folder() / ("out-" + std::to_string(run)));
    text += read_file(folder() / ("err-" + std::to_string(run)));
  }
  return text;
}

long ServerProcess::status_kib(std::string_view name) const {
  std::istringstream lines(read_file("/proc/" + std::to_string(pid()) + "/status"));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name) && line[name.size()] == ':') return std::stol(line.substr(name.size() + 1));
  }
  return -1;
}

std::size_t ServerProcess::open_files() const {
  const std::filesystem::directory_iterator files("/proc/" + std::to_string(pid()) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace gatehouse::test
