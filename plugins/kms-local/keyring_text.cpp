// SPDX-License-Identifier: Apache-2.0
#include "keyring_text.h"

#include <gatehouse/kms.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <optional>
#include <tuple>

namespace gatehouse::kms_local {
namespace {

constexpr std::string_view first_line = "gatehouse-keyring 1";
constexpr std::string_view column_names = "# purpose version algorithm state created secret";
constexpr std::size_t columns = 6;
constexpr std::size_t min_hmac_bytes = 32;
constexpr std::int64_t second_us = 1'000'000;

struct Word {
  std::string_view text;
  std::uint32_t value;
};
constexpr Word algorithms[] = {
    {"HMAC-SHA256", GH_ALG_HMAC_SHA256}, {"ES256", GH_ALG_ES256}, {"EdDSA", GH_ALG_EDDSA}, {"RS256", GH_ALG_RS256}};
constexpr Word states[] = {
    {"next", GH_KEY_NEXT}, {"current", GH_KEY_CURRENT}, {"active", GH_KEY_ACTIVE}, {"retired", GH_KEY_RETIRED}};

std::uint32_t value_of(std::string_view text, const auto& words) {
  const auto* found = std::find_if(std::begin(words), std::end(words), [&](const Word& w) { return w.text == text; });
  return found == std::end(words) ? 0 : found->value;
}

std::string_view text_of(std::uint32_t value, const auto& words) {
  const auto* found = std::find_if(std::begin(words), std::end(words), [&](const Word& w) { return w.value == value; });
  return found == std::end(words) ? std::string_view{} : found->text;
}

template <class Int>
std::optional<Int> number(std::string_view text) {
  Int value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "2026-08-02T10:11:12Z" and nothing else.
std::optional<std::int64_t> time_of(std::string_view text) {
  if (text.size() != 20 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text[19] != 'Z') {
    return std::nullopt;
  }
  const auto year = number<unsigned>(text.substr(0, 4));
  const auto month = number<unsigned>(text.substr(5, 2));
  const auto day = number<unsigned>(text.substr(8, 2));
  const auto hour = number<unsigned>(text.substr(11, 2));
  const auto minute = number<unsigned>(text.substr(14, 2));
  const auto second = number<unsigned>(text.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)}, std::chrono::month{*month},
                                         std::chrono::day{*day}};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return (((days * 24 + *hour) * 60 + *minute) * 60 + *second) * second_us;
}

std::string text_of_time(std::int64_t us) {
  const std::chrono::sys_seconds time{std::chrono::seconds{us / second_us}};
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{time - midnight};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::optional<SecretBytes> decode(std::string_view base64) {
  SecretBytes bytes(base64.size() / 4 * 3 + 3);
  std::size_t size = 0;
  const char* end = nullptr;
  const int failed = sodium_base642bin(bytes.data(), bytes.size(), base64.data(), base64.size(), nullptr, &size, &end,
                                       sodium_base64_VARIANT_ORIGINAL);
  if (failed != 0 || end != base64.data() + base64.size()) return std::nullopt;
  bytes.shrink(size);
  return bytes;
}

KeyRecord parse_key(std::string_view line, std::size_t line_number) {
  std::array<std::string_view, columns> word{};
  for (std::size_t i = 0; i < columns; ++i) {
    const std::size_t space = i + 1 < columns ? line.find(' ') : line.size();
    if (space == std::string_view::npos) {
      throw TextError(line_number, "a key has six columns: purpose version algorithm state created secret");
    }
    word[i] = line.substr(0, space);
    line.remove_prefix(std::min(space + 1, line.size()));
  }

  KeyRecord key;
  key.line = line_number;
  if (!is_purpose(word[0])) throw TextError(line_number, "the purpose (column 1) is not 1 to 32 of a-z and _");
  key.purpose = word[0];
  const auto version = number<std::uint32_t>(word[1]);
  if (!version || *version == 0) throw TextError(line_number, "the version (column 2) is not a number from 1 on");
  key.version = *version;
  key.algorithm = value_of(word[2], algorithms);
  if (key.algorithm == 0) {
    throw TextError(line_number, "the algorithm (column 3) is none of HMAC-SHA256, ES256, EdDSA, RS256");
  }
  key.state = value_of(word[3], states);
  if (const std::size_t colon = word[3].find(':'); colon != std::string_view::npos) {
    const auto from = time_of(word[3].substr(colon + 1));
    key.state = from && value_of(word[3].substr(0, colon), states) == GH_KEY_NEXT ? GH_KEY_NEXT : 0;
    key.from_us = from.value_or(0);
  }
  if (key.state == 0) {
    throw TextError(line_number,
                    "the state (column 4) is none of next, next:2026-08-02T10:11:12Z, current, active, retired");
  }
  const auto created = time_of(word[4]);
  if (!created) throw TextError(line_number, "the time (column 5) is not written like 2026-08-02T10:11:12Z");
  key.created_us = *created;
  auto secret = decode(word[5]);
  if (!secret || secret->size() == 0) throw TextError(line_number, "the secret (column 6) is not base64");
  if (key.algorithm == GH_ALG_HMAC_SHA256 && secret->size() < min_hmac_bytes) {
    throw TextError(line_number, "the secret (column 6) of an HMAC key is shorter than 32 bytes");
  }
  key.secret = std::move(*secret);
  return key;
}

// `keys` is ordered by purpose and version.
void check_purposes(const std::vector<KeyRecord>& keys) {
  for (std::size_t i = 0; i < keys.size();) {
    std::size_t end = i;
    std::size_t current = 0;
    for (; end < keys.size() && keys[end].purpose == keys[i].purpose; ++end) {
      const KeyRecord& key = keys[end];
      if (end > i && key.version == keys[end - 1].version) {
        throw TextError(std::max(key.line, keys[end - 1].line), "purpose and version are those of another line");
      }
      if (key.state == GH_KEY_CURRENT && ++current > 1) {
        throw TextError(key.line, "a second current key of one purpose; make all but one active");
      }
    }
    if (current == 0) throw TextError(keys[end - 1].line, "no key of this purpose is current; one has to sign");
    i = end;
  }
}

}  // namespace

bool is_purpose(std::string_view text) noexcept {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), allowed);
}

std::string_view algorithm_name(std::uint32_t algorithm) noexcept { return text_of(algorithm, algorithms); }

std::vector<KeyRecord> parse_keyring(std::string_view text) {
  std::vector<KeyRecord> keys;
  std::size_t line_number = 0;
  bool ended = false;
  while (!text.empty()) {
    ++line_number;
    const std::size_t line_end = text.find('\n');
    if (line_end == std::string_view::npos) throw TextError(line_number, "the line is cut off");
    const std::string_view line = text.substr(0, line_end);
    text.remove_prefix(line_end + 1);

    if (line_number == 1) {
      if (line != first_line) throw TextError(1, "the first line is not \"" + std::string(first_line) + "\"");
      continue;
    }
    if (line.empty() || line.front() == '#') continue;
    if (ended) throw TextError(line_number, "there is something behind the end line");
    if (line.starts_with("end ")) {
      const auto count = number<std::size_t>(line.substr(4));
      if (count != keys.size()) {
        throw TextError(line_number, "the end line does not say " + std::to_string(keys.size()) +
                                         ", which is how many keys there are");
      }
      ended = true;
      continue;
    }
    keys.push_back(parse_key(line, line_number));
  }
  if (!ended) throw TextError(std::max<std::size_t>(line_number, 1), "the file ends without its end line");

  std::sort(keys.begin(), keys.end(), [](const KeyRecord& a, const KeyRecord& b) {
    return std::tie(a.purpose, a.version) < std::tie(b.purpose, b.version);
  });
  check_purposes(keys);
  return keys;
}

SecretBytes render_keyring(const std::vector<KeyRecord>& keys) {
  const auto head_of = [](const KeyRecord& key) {
    return key.purpose + ' ' + std::to_string(key.version) + ' ' + std::string(algorithm_name(key.algorithm)) + ' ' +
           std::string(text_of(key.state, states)) + (key.from_us == 0 ? "" : ':' + text_of_time(key.from_us)) + ' ' +
           text_of_time(key.created_us) + ' ';
  };
  const std::string head = std::string(first_line) + '\n' + std::string(column_names) + '\n';
  const std::string tail = "end " + std::to_string(keys.size()) + '\n';
  std::size_t size = head.size() + tail.size();
  for (const KeyRecord& key : keys) {
    // sodium's length counts a terminating NUL, whose place the line feed takes.
    size += head_of(key).size() + sodium_base64_encoded_len(key.secret.size(), sodium_base64_VARIANT_ORIGINAL);
  }

  SecretBytes text(size);
  auto* out = reinterpret_cast<char*>(text.data());
  const auto append = [&](std::string_view part) { out = std::copy(part.begin(), part.end(), out); };
  append(head);
  for (const KeyRecord& key : keys) {
    append(head_of(key));
    const std::size_t length = sodium_base64_encoded_len(key.secret.size(), sodium_base64_VARIANT_ORIGINAL);
    sodium_bin2base64(out, length, key.secret.data(), key.secret.size(), sodium_base64_VARIANT_ORIGINAL);
    out += length - 1;
    *out++ = '\n';
  }
  append(tail);
  return text;
}

}  // namespace gatehouse::kms_local
