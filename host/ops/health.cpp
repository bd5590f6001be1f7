// SPDX-License-Identifier: Apache-2.0
#include "ops/health.h"

#include "base/json_text.h"
#include "base/log.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

namespace gatehouse::ops {
namespace {

constexpr std::chrono::seconds longest_check{1};

http::Response answer(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

http::Response state(int status, std::string_view word) {
  return answer(status, R"({"status":")" + std::string(word) + "\"}\n");
}

std::string chains_json(const std::vector<ChainState>& chains) {
  std::string out;
  for (const auto& chain : chains) {
    out += out.empty() ? "" : ",";
    append_json_text(out, chain.name);
    out += R"(:{"chosen":)";
    append_json_text(out, chain.chosen);
    out += R"(,"skipped":[)";
    for (std::size_t i = 0; i < chain.skipped.size(); ++i) {
      out += i == 0 ? R"({"plugin":)" : R"(,{"plugin":)";
      append_json_text(out, chain.skipped[i].plugin);
      out += R"(,"why":)";
      append_json_text(out, chain.skipped[i].why);
      out += "}";
    }
    out += "]";
    if (!chain.note.empty()) {
      out += R"(,"note":)";
      append_json_text(out, chain.note);
    }
    out += "}";
  }
  return out;
}

}  // namespace

Health::Health(std::vector<ReadinessCheck> checks, Log& log, std::vector<PluginState> plugins,
               const std::vector<ChainState>& chains)
    : plugins_(std::move(plugins)), chains_(chains_json(chains)), log_(log) {
  for (auto& check : checks) probes_.push_back(std::make_unique<ReadinessProbe>(std::move(check)));
}

void Health::started() noexcept { started_.store(true); }

void Health::draining() noexcept { draining_.store(true); }

http::Response Health::livez() const { return state(200, "alive"); }

http::Response Health::startupz() const { return started_.load() ? state(200, "started") : state(503, "starting"); }

bool Health::passed(ReadinessProbe& probe, const std::optional<Result<void>>& result) {
  const bool failed = !result || !*result;
  if (!probe.changed(failed)) return !failed;
  if (!failed) {
    log_.info("readiness check passes again", {{"check", std::string_view(probe.name())}});
    return true;
  }
  const auto code = result ? result->error().code : Code::ProviderUnavailable;
  const std::string_view detail = result ? std::string_view(result->error().detail) : "it has not come back in time";
  log_.warn("readiness check fails",
            {{"check", std::string_view(probe.name())}, {"code", code_name(code)}, {"detail", detail}});
  return false;
}

http::Response Health::readyz(const http::Request& request) {
  if (draining_.load()) return state(503, "draining");
  if (!started_.load()) return state(503, "starting");
  const auto deadline = std::min(request.deadline, request.received + longest_check);
  for (auto& probe : probes_) probe->begin(deadline, request.now);
  bool ready = true;
  std::string checks;
  // Together they get the time of one.
  std::chrono::nanoseconds patience = deadline - request.received;
  for (auto& probe : probes_) {
    const auto result = probe->wait(patience);
    if (!result) patience = {};
    const bool good = passed(*probe, result);
    ready = ready && good;
    if (!checks.empty()) checks.push_back(',');
    append_json_text(checks, probe->name());
    checks += good ? R"(:{"ok":true})" : R"(:{"ok":false})";
  }
  std::string plugins;
  for (const auto& plugin : plugins_) {
    if (!plugins.empty()) plugins.push_back(',');
    append_json_text(plugins, plugin.name);
    plugins += plugin.up() ? R"(:{"up":true})" : R"(:{"up":false})";
  }
  if (!plugins.empty()) checks += R"(},"plugins":{)" + plugins;
  if (!chains_.empty()) checks += R"(},"chains":{)" + chains_;
  const std::string_view word = ready ? "ready" : "unavailable";
  return answer(ready ? 200 : 503,
                R"({"status":")" + std::string(word) + R"(","checks":{)" + std::move(checks) + "}}\n");
}

}  // namespace gatehouse::ops
