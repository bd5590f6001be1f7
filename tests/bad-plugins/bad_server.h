// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fault_table.h"
#include "support/api_test.h"
#include "support/command_line.h"
#include "support/metrics.h"

#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace gatehouse::test {

// A real server whose store is bad-store: a good one with a fault in front of it, that acts while the latch is there.
class BadServer : public ApiTest {
 protected:
  struct Fault {
    std::string kind;
    std::string in = "get";
    bool latched = true;     // false: from the beginning
    std::string lines = {};  // further ones of its [[plugin]] block
    Settings settings = {};
    std::filesystem::path library = bad_plugin("bad-store");
    std::string others = {};  // lines of the other plugins' blocks
  };

  static std::string quoted(const std::string& text) { return '"' + text + '"'; }

  ServerOptions options(const Fault& fault) const {
    std::string more = "storage.default = [\"bad\"]\nrate_limit.limiter = \"bad\"\nkeys.provider = \"keys\"\n";
    more += "mail.deliver_via = [\"outbox\"]\n[[plugin]]\nname = \"bad\"\nlibrary = " + quoted(fault.library.string());
    more += '\n' + fault.lines + "\n[plugin.config]\nfault = " + quoted(fault.kind) + "\nin = " + quoted(fault.in);
    if (fault.latched) more += "\nwhile = " + quoted(latch().string());
    for (const auto& [name, file] : {std::pair{"keys", "kms-local.so"}, std::pair{"outbox", "mail-outbox.so"}}) {
      more += "\n[[plugin]]\nname = " + quoted(name) + "\nlibrary = " + quoted((plugin_folder() / file).string());
      more += '\n' + fault.others;
    }
    ServerOptions options;
    options.settings = fault.settings;
    options.more = more + '\n';
    // What these leave behind is not the server's.
    options.environment = {{"ASAN_OPTIONS", "detect_leaks=0"}};
    return options;
  }
  void start_with(const Fault& fault) { start(options(fault)); }

  // From now on the fault acts; as a FIFO it also holds whoever hangs.
  void begin() const {
    if (::mkfifo(latch().c_str(), 0600) != 0) throw std::runtime_error("mkfifo");
  }
  void end() const { std::filesystem::remove(latch()); }

  std::string livez() { return management("/livez").body; }
  HttpResponse management(const std::string& path) { return HttpClient(server().management()).get(path); }
  HttpResponse keys() { return api().http().get("/.well-known/jwks.json"); }
  double of_bad(std::string_view name, std::vector<std::string> labels = {}) {
    labels.emplace_back("plugin=\"bad\"");
    return metric(metrics(), name, labels);
  }
  // Asks again and again until it is so; every question is a round trip to the server. False: not within a minute.
  static bool becomes(const std::function<bool()>& so) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!so()) {
      if (std::chrono::steady_clock::now() > until) return false;
    }
    return true;
  }

  std::filesystem::path latch() const { return folder_.path() / "latch"; }
  const TempFolder folder_;
};

}  // namespace gatehouse::test
