// SPDX-License-Identifier: Apache-2.0
#include "report.h"

#include "base/json_text.h"

namespace gatehouse::check {
namespace {

void member(std::string& out, std::string_view name, std::string_view value) {
  append_json_text(out, name);
  out += ":";
  append_json_text(out, value);
}

void number(std::string& out, std::string_view name, std::int64_t value) {
  append_json_text(out, name);
  out.append(":").append(std::to_string(value));
}

void list(std::string& out, std::string_view name, const std::vector<std::string>& values) {
  append_json_text(out, name);
  out += ":[";
  for (const auto& value : values) {
    if (out.back() != '[') out += ",";
    append_json_text(out, value);
  }
  out += "]";
}

// Facts of one name are a list when they may come more than once.
void facts(std::string& out, const Report& report) {
  const auto repeats = [](std::string_view name) {
    return name == "interface" || name == "declares" || name == "quirk";
  };
  for (const auto& [repeated, plural] :
       {std::pair("interface", "interfaces"), {"declares", "declares"}, {"quirk", "quirks"}}) {
    std::vector<std::string> values;
    for (const auto& [name, value] : report.facts) {
      if (name == repeated) values.push_back(value);
    }
    list(out, plural, values);
    out += ",";
  }
  for (const auto& [name, value] : report.facts) {
    if (repeats(name)) continue;
    member(out, name, value);
    out += ",";
  }
}

void result(std::string& out, const Result& result) {
  out += "{";
  member(out, "name", result.name);
  out += ",";
  member(out, "interface", result.interface_id);
  out += ",";
  member(out, "verdict", verdict_name(result.outcome.verdict));
  out += ",";
  member(out, "sentence", result.outcome.sentence);
  out += ",";
  member(out, "proves", result.says);
  out += ",\"quirk\":";
  result.quirk ? append_json_text(out, *result.quirk) : void(out += "null");
  out += ",";
  number(out, "milliseconds", result.outcome.took.count());
  out += ",";
  list(out, "details", result.outcome.details);
  out += "}";
}

}  // namespace

std::string json_of(const Report& report) {
  const auto sum = totals(report);
  std::string out = "{";
  member(out, "file", report.file);
  out += ",";
  facts(out, report);
  out += "\"cases\":[";
  for (const auto& each : report.results) {
    if (out.back() != '[') out += ",";
    result(out, each);
  }
  out += "],\"totals\":{";
  number(out, "passed", sum.passed);
  for (const auto& [name, value] : {std::pair("warned", sum.warned),
                                    {"skipped", sum.skipped},
                                    {"failed", sum.failed},
                                    {"crashed", sum.crashed},
                                    {"timed out", sum.timed_out},
                                    {"quirks", sum.quirks}}) {
    out += ",";
    number(out, name, value);
  }
  return out + "},\"conforms\":" + (conforms(sum) ? "true" : "false") + "}\n";
}

std::string list_as_text(const std::vector<Case>& cases) {
  std::size_t width = 0;
  for (const auto& each : cases) width = std::max(width, each.name.size());
  std::string out;
  for (const auto& each : cases) {
    out.append(each.name).append(width + 2 - each.name.size(), ' ').append(each.sentence).append("\n");
  }
  return out;
}

std::string list_as_json(const std::vector<Case>& cases) {
  std::string out = "[";
  for (const auto& each : cases) {
    if (out.back() != '[') out += ",";
    out += "{";
    member(out, "name", each.name);
    out += ",";
    member(out, "interface", each.interface_id);
    out += ",";
    member(out, "proves", each.sentence);
    out += ",";
    number(out, "limit_milliseconds", each.limit.count());
    out += "}";
  }
  return out + "]\n";
}

}  // namespace gatehouse::check
