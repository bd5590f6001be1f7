// SPDX-License-Identifier: Apache-2.0
#include "http/router.h"

#include "http/text.h"

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace gatehouse::http {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

bool is_parameter(std::string_view segment) noexcept {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::optional<Parameters> match(std::string_view pattern, std::string_view path) {
  Parameters parameters;
  while (!pattern.empty() && !path.empty()) {
    const auto wanted = take_until(pattern, '/');
    const auto segment = take_until(path, '/');
    if (is_parameter(wanted)) {
      parameters.emplace_back(wanted.substr(1, wanted.size() - 2), segment);
    } else if (wanted != segment) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return parameters;
}

std::size_t index_of(Method method) noexcept { return static_cast<std::size_t>(method); }

bool is_rooted(std::string_view path) noexcept { return path.starts_with("//"); }

}  // namespace

Router::Router(std::vector<Route> routes, const std::vector<std::string>& base_paths, MetricRegistry& metrics) {
  for (auto& route : routes) {
    const auto path = is_rooted(route.path) ? route.path.substr(1) : route.path;
    const auto label = is_rooted(route.path) || base_paths.empty() ? path : base_paths.front() + path;
    const auto rooted = is_rooted(route.path);
    auto& mounted = routes_.emplace_back(
        MountedRoute{std::move(route), label, RouteMetrics(metrics, label, method_name(route.method))});
    if (rooted) {
      mount("", path, mounted);
    } else {
      for (const auto& base_path : base_paths) mount(base_path, path, mounted);
    }
  }
  for (auto& node : nodes_) {
    constexpr std::array shown = {Method::Get,   Method::Head,   Method::Post,   Method::Put,
                                  Method::Patch, Method::Delete, Method::Options};
    for (const auto method : shown) {
      const bool answered = method == Method::Options || node.by_method[index_of(method)] != nullptr;
      if (answered) node.allow.append(node.allow.empty() ? "" : ", ").append(method_name(method));
    }
  }
}

Router::Node& Router::node(const std::string& base_path, const std::string& pattern) {
  const auto known = std::find_if(nodes_.begin(), nodes_.end(), [&](const Node& n) { return n.pattern == pattern; });
  if (known != nodes_.end()) return *known;
  auto& fresh = nodes_.emplace_back(Node{pattern, base_path, {}, {}});
  if (pattern.find('{') == std::string::npos) {
    fixed_.emplace(pattern, &fresh);
  } else {
    patterns_.push_back(&fresh);
  }
  return fresh;
}

void Router::mount(const std::string& base_path, const std::string& path, MountedRoute& route) {
  auto& target = node(base_path, base_path + path);
  auto& slot = target.by_method[index_of(route.route.method)];
  if (slot != nullptr && slot->route.method == route.route.method) {
    throw std::invalid_argument("two routes for " + std::string(method_name(route.route.method)) + " " + base_path +
                                path);
  }
  slot = &route;
  auto& head = target.by_method[index_of(Method::Head)];
  if (route.route.method == Method::Get && head == nullptr) head = &route;
}

Match Router::find(Method method, std::string_view path) {
  Match found;
  const Node* node = nullptr;
  if (const auto at = fixed_.find(path); at != fixed_.end()) {
    node = at->second;
  } else {
    for (const auto* candidate : patterns_) {
      auto parameters = match(candidate->pattern, path);
      if (!parameters) continue;
      node = candidate;
      found.parameters = std::move(*parameters);
      break;
    }
  }
  if (node == nullptr) return found;
  found.route = node->by_method[index_of(method)];
  found.base_path = node->base_path;
  found.allow = node->allow;
  return found;
}

}  // namespace gatehouse::http
