// SPDX-License-Identifier: Apache-2.0
#include "ops/error_pages.h"

#include <array>
#include <string>
#include <string_view>

namespace gatehouse::ops {
namespace {

constexpr std::string_view pages =
#include "error_pages.inc"
    ;

// code, legacy code, status, meaning, advice; an array of empty views when there is no such code.
std::array<std::string_view, 5> row_of(std::string_view code) {
  auto rest = pages;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    auto line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    std::array<std::string_view, 5> cells{};
    for (auto& cell : cells) {
      const auto bar = line.find('|');
      cell = line.substr(0, bar);
      line = bar == std::string_view::npos ? std::string_view() : line.substr(bar + 1);
    }
    if (cells[0] == code) return cells;
  }
  return {};
}

}  // namespace

http::Response error_page(const http::Request& request) {
  const auto [code, legacy, status, meaning, advice] = row_of(request.parameter("code"));
  if (code.empty()) return http::Response::failure({Code::NotFound});
  std::string text(code);
  if (!legacy.empty()) text.append(" (").append(legacy).append(")");
  text.append("\nHTTP status ").append(status).append("\n");
  if (!meaning.empty()) text.append("\nWhat it means: ").append(meaning).append("\n");
  if (!advice.empty()) text.append("\nWhat to do: ").append(advice).append("\n");
  auto response = http::Response::json(200, std::move(text));
  response.content_type = "text/plain; charset=utf-8";
  response.sensitive = false;
  response.headers.emplace_back("Cache-Control", "public, max-age=3600");
  return response;
}

}  // namespace gatehouse::ops
