// SPDX-License-Identifier: Apache-2.0
#include "support/redis_server.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <stdexcept>

namespace gatehouse::test {
namespace {

constexpr std::chrono::seconds start_patience{20};

// A port that was free a moment ago. Redis wants to be told its port; on a loaded machine another process may take it
// first, and then the server is started again with another one.
std::uint16_t free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool done = ::bind(descriptor, generic, size) == 0 && ::getsockname(descriptor, generic, &size) == 0;
  ::close(descriptor);
  // A cluster node also takes the port 10000 above.
  const std::uint16_t port = ::ntohs(address.sin_port);
  if (!done) throw std::runtime_error("no free port");
  return port > 55'000 ? static_cast<std::uint16_t>(port - 20'000) : port;
}

}  // namespace

RedisClient::RedisClient(const std::filesystem::path& socket)
    : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = socket.string();
  std::memcpy(address.sun_path, path.data(), std::min(path.size(), sizeof(address.sun_path) - 1));
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(descriptor_);
    throw std::runtime_error("cannot connect to " + path + ": " + std::strerror(errno));
  }
}

RedisClient::~RedisClient() { ::close(descriptor_); }

std::string RedisClient::ask(const std::vector<std::string>& arguments) {
  std::string command = std::string("*").append(std::to_string(arguments.size())).append("\r\n");
  for (const auto& argument : arguments) {
    command.append("$").append(std::to_string(argument.size())).append("\r\n").append(argument).append("\r\n");
  }
  if (::send(descriptor_, command.data(), command.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(command.size())) {
    throw std::runtime_error("Redis is gone");
  }
  return answer();
}

std::string RedisClient::bytes(std::size_t size) {
  while (read_.size() < size) {
    char buffer[4096];
    const ssize_t got = ::recv(descriptor_, buffer, sizeof(buffer), 0);
    if (got <= 0) throw std::runtime_error("Redis is gone");
    read_.append(buffer, static_cast<std::size_t>(got));
  }
  std::string taken = read_.substr(0, size);
  read_.erase(0, size);
  return taken;
}

std::string RedisClient::line() {
  std::string line;
  while (!line.ends_with("\r\n")) line += bytes(1);
  line.resize(line.size() - 2);
  return line;
}

std::string RedisClient::answer() {
  const std::string head = line();
  if (head.starts_with('-')) return head;
  const auto rest = head.substr(1);
  if (!head.starts_with('$') && !head.starts_with('*')) return rest;
  const long count = std::stol(rest);
  if (count < 0) return {};
  if (head.starts_with('$'))
    return bytes(static_cast<std::size_t>(count) + 2).substr(0, static_cast<std::size_t>(count));
  std::string all;
  for (long at = 0; at < count; ++at) all += answer() + "\n";
  return all;
}

RedisServer::RedisServer(RedisOptions options) : options_(std::move(options)) {
  if (options_.tcp || options_.sentinel) port_ = free_port();
  start();
}

RedisServer::~RedisServer() {
  if (server_ != nullptr) kill9();
}

void RedisServer::start() {
  std::vector<std::pair<std::string, std::string>> settings = {{"port", std::to_string(port_)},
                                                               {"bind", "127.0.0.1"},
                                                               {"unixsocket", socket().string()},
                                                               {"dir", folder_.path().string()}};
  if (!options_.sentinel) settings.insert(settings.end(), {{"save", ""}, {"appendonly", "no"}});
  settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
  ProgramCall call;
  call.arguments = {"setpriv", "--pdeathsig", "KILL", "redis-server"};
  // A sentinel writes into its configuration. (Debian's redis-sentinel is this program, in a package of its own.)
  if (options_.sentinel) {
    call.arguments.insert(call.arguments.end(),
                          {folder_.write("sentinel.conf", options_.config).string(), "--sentinel"});
  }
  for (const auto& [name, value] : settings) call.arguments.insert(call.arguments.end(), {"--" + name, value});
  call.out = folder_.path() / "log";
  call.err = folder_.path() / "errors";
  std::filesystem::remove(socket());
  server_ = std::make_unique<Program>(call);
  const auto until = std::chrono::steady_clock::now() + start_patience;
  while (std::chrono::steady_clock::now() < until) {
    try {
      const auto said = ask({"PING"});
      if (said == "PONG" || said.starts_with("-NOAUTH")) return;
    } catch (const std::runtime_error&) {
    }
    // Ends early when the server does.
    if (server_->wait(std::chrono::milliseconds(5))) break;
  }
  throw std::runtime_error("Redis did not start:\n" + log());
}

void RedisServer::kill9() {
  server_->signal(SIGKILL);
  server_->wait(std::chrono::seconds(20));
  server_.reset();
}

std::string RedisServer::info(const std::string& section, const std::string& name) const {
  const auto text = ask({"INFO", section});
  const auto at = text.find("\n" + name + ":");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 2;
  return text.substr(begin, text.find('\r', begin) - begin);
}

std::string RedisServer::log() const {
  return read_file(folder_.path() / "log") + read_file(folder_.path() / "errors");
}

}  // namespace gatehouse::test
