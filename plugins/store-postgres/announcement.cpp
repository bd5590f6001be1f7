// SPDX-License-Identifier: Apache-2.0
#include "announcement.h"

#include "text_forms.h"

#include <charconv>
#include <utility>

namespace gatehouse::store_postgres {
namespace {

// The rest of `text` up to `end`, which is taken away with it; nothing: it does not end so.
std::optional<std::string_view> take(std::string_view& text, char end) {
  const auto at = text.find(end);
  if (at == std::string_view::npos) return std::nullopt;
  const auto part = text.substr(0, at);
  text.remove_prefix(at + 1);
  return part;
}

bool take_bytes(std::string_view& line, char end, std::string& out) {
  const auto part = take(line, end);
  return part && parse_bytes(out, *part) && !out.empty();
}

// "mail_job put 1 \x6d65 \x75 \x31\n"
std::optional<Announced> take_line(std::string_view& payload) {
  Announced change;
  const auto kind = take(payload, ' ');
  const auto what = take(payload, ' ');
  const auto version = take(payload, ' ');
  if (!kind || !what || !version || (*what != "put" && *what != "delete")) return std::nullopt;
  const auto [end, error] = std::from_chars(version->data(), version->data() + version->size(), change.version);
  if (error != std::errc() || end != version->data() + version->size() || change.version < 1) return std::nullopt;
  change.kind = *kind;
  change.deleted = *what == "delete";
  const bool named = take_bytes(payload, ' ', change.key.tenant) && take_bytes(payload, ' ', change.key.partition) &&
                     take_bytes(payload, '\n', change.key.id);
  return named ? std::optional(std::move(change)) : std::nullopt;
}

}  // namespace

void Announcement::add(std::string_view kind, bool deleted, std::int64_t version, const Key& key) {
  std::string line;
  line.append(kind).append(deleted ? " delete " : " put ").append(std::to_string(version));
  for (const auto* part : {&key.tenant, &key.partition, &key.id}) append_bytes(line.append(" "), *part);
  line.push_back('\n');
  if (payloads_.empty() || payloads_.back().size() + line.size() > longest) payloads_.emplace_back();
  payloads_.back().append(line);
}

std::optional<std::vector<Announced>> read_announcement(std::string_view payload) {
  std::vector<Announced> changes;
  while (!payload.empty()) {
    auto change = take_line(payload);
    if (!change) return std::nullopt;
    changes.push_back(std::move(*change));
  }
  return changes;
}

}  // namespace gatehouse::store_postgres
