// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/http_metrics.h"
#include "http/request.h"
#include "http/route.h"

#include <array>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gatehouse::http {

// A route as it is mounted: its row of the table, its name in metrics and logs, its handles.
struct MountedRoute {
  Route route;
  std::string label;  // "/auth/sessions/{id}": below the first base path, whichever mount was used
  RouteMetrics metrics;
};

struct Match {
  MountedRoute* route = nullptr;
  std::string_view base_path;
  std::string_view allow;  // methods of the path, for the Allow header; empty: there is no such path
  std::vector<std::pair<std::string, std::string>> parameters;
};

// Finds the row for a method and a decoded path. A path without parameters wins over one with; HEAD is answered by
// GET's row. Immutable after construction, thread-safe. Results are borrowed from it.
class Router {
 public:
  // Throws std::invalid_argument for two rows of one method and path.
  Router(std::vector<Route> routes, const std::vector<std::string>& base_paths, MetricRegistry& metrics);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  Match find(Method method, std::string_view path);

 private:
  struct Node {
    std::string pattern;
    std::string base_path;
    std::array<MountedRoute*, 8> by_method{};
    std::string allow;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };

  void mount(const std::string& base_path, const std::string& path, MountedRoute& route);
  Node& node(const std::string& base_path, const std::string& pattern);

  std::deque<MountedRoute> routes_;
  std::deque<Node> nodes_;
  std::unordered_map<std::string, Node*, Hash, std::equal_to<>> fixed_;  // paths without parameters
  std::vector<Node*> patterns_;                                          // paths with
};

}  // namespace gatehouse::http
