// SPDX-License-Identifier: Apache-2.0
#include "mail/template_tags.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace gatehouse::mail {
namespace {

constexpr std::array<std::string_view, 7> names = {"link", "address", "other_address", "ip", "time", "until", "server"};

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

std::string fault_of(std::string_view tag) {
  if (tag.starts_with('!')) return {};
  if (tag.starts_with('{') || tag.starts_with('&')) return "unescaped values are not allowed; write {{name}}";
  if (tag.starts_with('>')) return "other files cannot be drawn in; write the text here";
  if (tag.starts_with('=')) return "the delimiters are always {{ and }}";
  const bool section = tag.starts_with('#') || tag.starts_with('^') || tag.starts_with('/');
  const auto name = trimmed(section ? tag.substr(1) : tag);
  if (std::find(names.begin(), names.end(), name) != names.end()) return {};
  std::string known;
  for (const auto each : names) known.append(known.empty() ? "" : ", ").append(each);
  return "no mail has {{" + std::string(name.substr(0, 40)) + "}}; there are " + known;
}

}  // namespace

std::optional<TagFault> check_tags(std::string_view text) {
  std::size_t at = 0;
  std::vector<std::pair<std::string_view, std::size_t>> open;  // sections, by name and place
  const auto line = [&](std::size_t place) {
    return static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(place), '\n')) +
           1;
  };
  while ((at = text.find("{{", at)) != std::string_view::npos) {
    const auto end = text.find("}}", at + 2);
    if (end == std::string_view::npos) return TagFault{line(at), "a tag has no end; write }}"};
    const auto tag = trimmed(text.substr(at + 2, end - at - 2));
    if (auto fault = fault_of(tag); !fault.empty()) return TagFault{line(at), std::move(fault)};
    if (tag.starts_with('#') || tag.starts_with('^')) open.emplace_back(trimmed(tag.substr(1)), at);
    if (tag.starts_with('/')) {
      const auto name = trimmed(tag.substr(1));
      if (open.empty() || open.back().first != name) {
        return TagFault{line(at), "{{/" + std::string(name) + "}} ends no section that begins before it"};
      }
      open.pop_back();
    }
    at = end + 2;
  }
  if (open.empty()) return std::nullopt;
  const auto name = std::string(open.back().first);
  return TagFault{line(open.back().second), "this section has no end; write {{/" + name + "}}"};
}

}  // namespace gatehouse::mail
