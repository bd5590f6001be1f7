// SPDX-License-Identifier: Apache-2.0
// How often a second this Redis does what one refresh needs: the read and the commit script, as redis-benchmark would
// run them. So many connections, each of which sends one command and waits for its answer. The record is written as it
// was, with the version it had, so that every commit passes its checks and writes.
//
//   bench_redis_pair SOCKET CONNECTIONS SECONDS     prints {"pairs_per_second":N}
#include "backend.h"
#include "layout.h"
#include "order_code.h"
#include "record.h"
#include "session_data.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace gatehouse;
using namespace gatehouse::store_redis;

int connect_to(const char* path) {
  const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    std::perror(path);
    std::exit(1);
  }
  return descriptor;
}

std::string ask_once(int descriptor, const std::string& command) {
  if (send(descriptor, command.data(), command.size(), MSG_NOSIGNAL) < 0) std::exit(1);
  std::array<char, 4096> buffer{};
  const ssize_t got = recv(descriptor, buffer.data(), buffer.size(), 0);
  if (got <= 0 || buffer[0] == '-') {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(got), buffer.data());
    std::exit(1);
  }
  return {buffer.data(), static_cast<std::size_t>(got)};
}

struct Pair {
  std::string read;
  std::string commit;
};

// What the plugin sends for session `number`.
Pair make_pair(std::uint64_t number, const Kind& kind, const Layout& layout, const std::string& sha, bool create) {
  bench::SessionData data;
  data.set(number, UINT64_MAX, 0);
  const gh_key key = data.key();
  const sdk::KeyView view(key);
  const gh_write write = data.put(0);
  const sdk::Values values(write.values, write.value_count, sizeof(gh_value));
  const KeyCode code = code_of(view);
  const std::size_t bucket = Layout::bucket_of(view.tenant(), view.partition());
  const std::string record = layout.record_prefix(bucket, kind.name()) + code.tenant + code.partition + code.id;
  const auto places = places_of(kind, view, code, values);
  std::size_t values_at = 19;
  for (const Place& place : places) values_at += 2 + place.size();
  const std::vector<std::string> keys = {record, layout.due(bucket, kind.name()),
                                         layout.index(bucket, kind.name(), kind.indexes()[0].name),
                                         layout.index(bucket, kind.name(), "")};
  const std::vector<std::string> arguments = {number_code(bench::session_epoch_us),
                                              "1",
                                              "0",
                                              "P",
                                              "1",
                                              create ? "" : number_code(1),
                                              code.tenant,
                                              code.partition,
                                              code.id,
                                              "2",
                                              "2",
                                              "3",
                                              "",
                                              "4",
                                              "",
                                              encode(kind, 1, places, values),
                                              std::to_string(values_at),
                                              "3456000000",
                                              "1.75e15"};
  Command commit(3 + keys.size() + arguments.size());
  commit << "EVALSHA" << sha << std::to_string(keys.size());
  for (const auto& one : keys) commit << one;
  for (const auto& one : arguments) commit << one;
  return {(Command(2) << "GETEX" << record).bytes(), commit.bytes()};
}

// One session each, read and written by turns.
struct Client {
  pollfd watched{};
  Pair pair;
  bool reading = true;
};

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const auto connections = static_cast<std::size_t>(std::atoi(arguments[2]));
  const std::chrono::seconds length(std::atoi(arguments[3]));
  const Kind kind{sdk::SchemaView(bench::session_schema()).kind(0)};
  const Layout layout("pair");

  const int first = connect_to(arguments[1]);
  const auto& text = script_texts()[static_cast<std::size_t>(Script::Commit)];
  const std::string loaded = ask_once(first, (Command(3) << "SCRIPT"
                                                         << "LOAD" << text)
                                                 .bytes());
  const std::string sha = loaded.substr(loaded.find('\n') + 1, 40);
  std::vector<Client> clients(connections);
  std::vector<pollfd> watched;
  for (std::size_t at = 0; at < connections; ++at) {
    ask_once(first, make_pair(at, kind, layout, sha, true).commit);
    clients[at].pair = make_pair(at, kind, layout, sha, false);
    watched.push_back({connect_to(arguments[1]), POLLIN, 0});
    const auto& command = clients[at].pair.read;
    if (send(watched[at].fd, command.data(), command.size(), MSG_NOSIGNAL) < 0) return 1;
  }
  std::uint64_t pairs = 0;
  std::array<char, 4096> buffer{};
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < length) {
    poll(watched.data(), watched.size(), 1000);
    for (std::size_t at = 0; at < connections; ++at) {
      if (watched[at].revents == 0) continue;
      Client& client = clients[at];
      const ssize_t got = recv(watched[at].fd, buffer.data(), buffer.size(), 0);
      if (got <= 0 || (!client.reading && std::strncmp(buffer.data(), ":0\r\n", 4) != 0)) {
        std::fprintf(stderr, "a commit failed: %.*s\n", static_cast<int>(got), buffer.data());
        return 1;
      }
      if (!client.reading) ++pairs;
      client.reading = !client.reading;
      const auto& command = client.reading ? client.pair.read : client.pair.commit;
      if (send(watched[at].fd, command.data(), command.size(), MSG_NOSIGNAL) < 0) return 1;
    }
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  std::printf("{\"pairs_per_second\":%.0f}\n", static_cast<double>(pairs) / seconds.count());
  return 0;
}
