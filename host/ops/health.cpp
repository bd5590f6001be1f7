// SPDX-License-Identifier: Apache-2.0
#include "ops/health.h"

#include "base/json_text.h"
#include "base/log.h"

#include <algorithm>
#include <chrono>
#include <exception>
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

Result<void> run_guarded(const ReadinessCheck& check, const Call& call) {
  try {
    return check.run(call);
  } catch (const std::exception& error) {
    return Error{Code::Internal, error.what(), {}, {}};
  }
}

}  // namespace

Health::Health(std::vector<ReadinessCheck> checks, Log& log)
    : checks_(std::move(checks)), failing_(std::make_unique<std::atomic<bool>[]>(checks_.size())), log_(log) {}

void Health::started() noexcept { started_.store(true); }

void Health::draining() noexcept { draining_.store(true); }

http::Response Health::livez() const { return state(200, "alive"); }

http::Response Health::startupz() const { return started_.load() ? state(200, "started") : state(503, "starting"); }

bool Health::passes(std::size_t i, const Call& call) {
  const auto result = run_guarded(checks_[i], call);
  const bool failed = !result;
  if (failing_[i].exchange(failed) == failed) return !failed;
  if (failed) {
    log_.warn("readiness check fails", {{"check", std::string_view(checks_[i].name)},
                                        {"code", code_name(result.error().code)},
                                        {"detail", std::string_view(result.error().detail)}});
  } else {
    log_.info("readiness check passes again", {{"check", std::string_view(checks_[i].name)}});
  }
  return !failed;
}

http::Response Health::readyz(const http::Request& request) {
  if (draining_.load()) return state(503, "draining");
  if (!started_.load()) return state(503, "starting");
  auto call = request.call({});
  call.deadline = std::min(call.deadline, request.received + longest_check);
  bool ready = true;
  std::string checks;
  for (std::size_t i = 0; i < checks_.size(); ++i) {
    const bool passed = passes(i, call);
    ready = ready && passed;
    if (i != 0) checks.push_back(',');
    append_json_text(checks, checks_[i].name);
    checks += passed ? R"(:{"ok":true})" : R"(:{"ok":false})";
  }
  const std::string_view word = ready ? "ready" : "unavailable";
  return answer(ready ? 200 : 503,
                R"({"status":")" + std::string(word) + R"(","checks":{)" + std::move(checks) + "}}\n");
}

}  // namespace gatehouse::ops
