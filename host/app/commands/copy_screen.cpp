// SPDX-License-Identifier: Apache-2.0
#include "app/commands/copy_screen.h"

#include "app/commands/text_table.h"
#include "base/json_text.h"

#include <algorithm>
#include <ostream>
#include <utility>

namespace gatehouse::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds between_frames{200};
constexpr milliseconds between_lines{10'000};
constexpr std::uint64_t bar_width = 20;

}  // namespace

std::string progress_text(std::string_view kind, std::uint64_t met, std::uint64_t total, std::uint64_t per_second) {
  std::string text(kind);
  if (total == 0) return text + "  " + std::to_string(met) + ", " + std::to_string(per_second) + "/s";
  // More than there were: the source has grown meanwhile.
  const auto done = std::min(met, total);
  const auto filled = done * bar_width / total;
  const auto percent = std::to_string(done * 100 / total);
  text += "  [" + std::string(filled, '#') + std::string(bar_width - filled, '-') + "] ";
  text += std::string(3 - std::min<std::size_t>(percent.size(), 3), ' ') + percent + "%  " + std::to_string(met) +
          " of " + std::to_string(total) + ", " + std::to_string(per_second) + "/s";
  if (per_second > 0 && done < total) text += ", " + std::to_string((total - done) / per_second + 1) + " s left";
  return text;
}

CopyScreen::CopyScreen(std::ostream& err, bool terminal, const Clock& clock)
    : err_(err), terminal_(terminal), clock_(clock), said_(clock.steady()) {}

void CopyScreen::expect(std::vector<providers::KindDef> kinds, std::vector<std::uint64_t> totals) {
  kinds_ = std::move(kinds);
  totals_ = std::move(totals);
}

bool CopyScreen::due(milliseconds every) {
  const auto now = clock_.steady();
  if (now - said_ < every) return false;
  said_ = now;
  return true;
}

void CopyScreen::clear() {
  if (std::exchange(drawn_, false)) err_ << "\r\x1b[K";
}

void CopyScreen::progress(const providers::CopyProgress& now) {
  if (kind_ != now.kind) {
    kind_ = now.kind;
    kind_began_ = clock_.steady();
  }
  if (now.kind >= totals_.size() || !due(terminal_ ? between_frames : between_lines)) return;
  const auto took = std::chrono::duration_cast<milliseconds>(clock_.steady() - kind_began_).count();
  const auto rate = took > 0 ? now.met * 1000 / static_cast<std::uint64_t>(took) : 0;
  const auto text = progress_text(kinds_[now.kind].name, now.met, totals_[now.kind], rate);
  clear();
  err_ << text << (terminal_ ? "" : "\n") << std::flush;
  drawn_ = terminal_;
}

void CopyScreen::say(std::string_view line) {
  clear();
  err_ << line << std::endl;
}

void CopyScreen::say_in_passing(std::string_view line) {
  if (!due(terminal_ ? between_frames : between_lines)) return;
  clear();
  err_ << line << (terminal_ ? "" : "\n") << std::flush;
  drawn_ = terminal_;
}

std::string copy_text(const CopyResult& result) {
  const std::string to_be = result.looked_only ? "TO " : "";
  std::vector<std::vector<std::string>> rows = {
      {"KIND", "IN " + result.from, to_be + (result.looked_only ? "CREATE" : "CREATED"),
       to_be + (result.looked_only ? "UPDATE" : "UPDATED"), to_be + (result.looked_only ? "DELETE" : "DELETED"),
       "ONLY IN " + result.to, "NOT COPIED"}};
  for (std::size_t kind = 0; kind < result.kinds.size(); ++kind) {
    const auto& counts = result.report.kinds[kind];
    rows.push_back({result.kinds[kind].name, std::to_string(counts.in_source), std::to_string(counts.created),
                    std::to_string(counts.updated), std::to_string(counts.deleted), std::to_string(counts.extra),
                    std::to_string(counts.left)});
  }
  auto text = text_table(rows);
  if (result.verified.value_or(false)) text += "verified: both hold the same\n";
  return text;
}

std::string copy_json(const CopyResult& result) {
  std::string text = R"({"from":)";
  append_json_text(text, result.from);
  text += R"(,"to":)";
  append_json_text(text, result.to);
  text += R"(,"tenants":[)";
  for (const auto& tenant : result.tenants) {
    if (&tenant != &result.tenants.front()) text += ",";
    append_json_text(text, tenant);
  }
  text += R"(],"dryRun":)" + std::string(result.looked_only ? "true" : "false") + R"(,"kinds":[)";
  for (std::size_t kind = 0; kind < result.kinds.size(); ++kind) {
    const auto& counts = result.report.kinds[kind];
    text += kind == 0 ? R"({"kind":)" : R"(,{"kind":)";
    append_json_text(text, result.kinds[kind].name);
    text += R"(,"records":)" + std::to_string(counts.in_source) + R"(,"created":)" + std::to_string(counts.created) +
            R"(,"updated":)" + std::to_string(counts.updated) + R"(,"deleted":)" + std::to_string(counts.deleted) +
            R"(,"onlyInTarget":)" + std::to_string(counts.extra) + R"(,"notCopied":)" + std::to_string(counts.left) +
            "}";
  }
  text += R"(],"complete":)" + std::string(result.whole ? "true" : "false");
  if (result.verified) text += R"(,"verified":)" + std::string(*result.verified ? "true" : "false");
  return text + "}\n";
}

std::string difference_text(const providers::StoreCopy::Difference& difference, std::string_view from,
                            std::string_view to) {
  const auto& found = difference.found;
  std::string text = difference.kind + ": " + std::to_string(difference.counted_in_source) + " in " +
                     std::string(from) + ", " + std::to_string(difference.counted_in_target) + " in " +
                     std::string(to) + "; " + std::to_string(found.created) + " only in " + std::string(from) + ", " +
                     std::to_string(found.deleted) + " only in " + std::string(to) + ", " +
                     std::to_string(found.updated) + " differ\n";
  for (const auto& example : found.examples) text += "  " + example + "\n";
  return text;
}

}  // namespace gatehouse::app
