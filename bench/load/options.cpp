// SPDX-License-Identifier: Apache-2.0
#include "load/options.h"

#include <charconv>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace gatehouse::load {
namespace {

constexpr std::pair<std::string_view, Work> works[] = {
    {"get", Work::Get},   {"user", Work::User},         {"refresh", Work::Refresh},  {"login", Work::Login},
    {"idle", Work::Idle}, {"slowhead", Work::SlowHead}, {"slowbody", Work::SlowBody}};

template <class Number>
Number number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument("not a number: " + std::string(text));
  }
  return value;
}

std::chrono::milliseconds seconds(std::string_view text) {
  return std::chrono::milliseconds(static_cast<long>(number<double>(text) * 1000));
}

test::Address address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) throw std::invalid_argument("not host:port: " + std::string(text));
  return {std::string(text.substr(0, colon)), number<std::uint16_t>(text.substr(colon + 1))};
}

Group group(std::string_view text) {
  const auto colon = text.find(':');
  const auto at = text.find('@');
  Group result;
  result.name = text.substr(0, colon);
  for (const auto& [name, work] : works) {
    if (name != result.name) continue;
    result.work = work;
    if (colon != std::string_view::npos) {
      const auto count = at == std::string_view::npos ? text.size() : at;
      result.connections = number<unsigned>(text.substr(colon + 1, count - colon - 1));
    }
    if (at != std::string_view::npos) result.rate = number<unsigned>(text.substr(at + 1));
    if (result.connections == 0) throw std::invalid_argument("a group without connections: " + std::string(text));
    return result;
  }
  throw std::invalid_argument("unknown work: " + result.name);
}

}  // namespace

std::string usage() {
  return "gatehouse-load --target HOST:PORT [--path PATH] [--seconds N] [--warm-up N] [--threads N] [--pid PID] "
         "GROUP...\n"
         "GROUP is WORK:CONNECTIONS[@RATE]; WORK is get, user, refresh, login, idle, slowhead or slowbody.\n"
         "Prints one line of JSON.\n";
}

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    if (!argument.starts_with("--")) {
      options.groups.push_back(group(argument));
      continue;
    }
    if (++i == arguments.size()) throw std::invalid_argument(argument + " wants a value");
    const auto& value = arguments[i];
    if (argument == "--target") {
      options.target = address(value);
    } else if (argument == "--path") {
      options.path = value;
    } else if (argument == "--seconds") {
      options.duration = seconds(value);
    } else if (argument == "--warm-up") {
      options.warm_up = seconds(value);
    } else if (argument == "--threads") {
      options.threads = number<unsigned>(value);
    } else if (argument == "--pid") {
      options.watched_process = number<int>(value);
    } else {
      throw std::invalid_argument("unknown option " + argument);
    }
  }
  if (options.target.port == 0) throw std::invalid_argument("--target is missing");
  if (options.groups.empty()) throw std::invalid_argument("nothing to do: name a group");
  return options;
}

}  // namespace gatehouse::load
