// SPDX-License-Identifier: Apache-2.0
#include "accounts/guessable.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace gatehouse::accounts {
namespace {

constexpr std::size_t shortest_run = 3;
constexpr std::size_t most_around_a_word = 8;
// Words have digits and signs of their own ("trustno1"), and look-alikes of letters at their ends ("4dmin"): so far a
// word may reach into what seems to be put around it.
constexpr std::size_t own_ends = 12;
constexpr std::size_t look_alike_ends = 2;

// Neighbours: alphabet, digits, rows of QWERTY, QWERTZ and AZERTY, columns of the first.
constexpr auto lines = std::to_array<std::string_view>({
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890-=",
    "qwertyuiop[]",
    "asdfghjkl;'",
    "zxcvbnm,./",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
    "5tgb",
    "6yhn",
    "7ujm",
    "8ik,",
    "9ol.",
});

bool is_ascii_letter(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_ascii_digit(char c) noexcept { return c >= '0' && c <= '9'; }
// Bytes of other scripts are parts of words.
bool is_of_a_word(char c) noexcept { return is_ascii_letter(c) || static_cast<unsigned char>(c) >= 0x80; }

char unshifted(char c) noexcept {
  constexpr std::string_view with = "!@#$%^&*()_+{}:\"<>?";
  constexpr std::string_view without = "1234567890-=[];',./";
  const auto at = with.find(c);
  return at == std::string_view::npos ? c : without[at];
}

template <class Map>
Secret<std::string> mapped(std::string_view text, Map map) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), map);
  return Secret<std::string>(std::move(out));
}

std::size_t common_length(std::string_view text, std::string_view line) {
  const auto [end, ignored] = std::mismatch(
      text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(text.size(), line.size())), line.begin());
  return static_cast<std::size_t>(end - text.begin());
}

// How far the text begins with neighbours, in either direction, or with one character again and again.
std::size_t run_at_start(std::string_view text) {
  auto longest = std::min(text.find_first_not_of(text.front()), text.size());
  for (const auto line : lines) {
    for (auto at = line.find(text.front()); at != std::string_view::npos; at = line.find(text.front(), at + 1)) {
      const std::string backwards(line.rend() - static_cast<std::ptrdiff_t>(at) - 1, line.rend());
      longest = std::max({longest, common_length(text, line.substr(at)), common_length(text, backwards)});
    }
  }
  return longest;
}

bool is_year(std::string_view text) {
  return text.size() >= 4 && (text.starts_with("19") || text.starts_with("20")) && is_ascii_digit(text[2]) &&
         is_ascii_digit(text[3]);
}

// The least that the text comes to when a run costs `run` and any other character 1.
std::size_t cost(std::string_view text, std::size_t run) {
  const auto plain = mapped(text, unshifted);
  std::vector<std::size_t> from(text.size() + 1, 0);
  for (std::size_t i = text.size(); i-- > 0;) {
    const auto rest = std::string_view(plain.reveal()).substr(i);
    from[i] = from[i + 1] + 1;
    for (auto length = run_at_start(rest); length >= shortest_run; --length) {
      from[i] = std::min(from[i], from[i + length] + run);
    }
    if (run > 0 && is_year(rest)) from[i] = std::min(from[i], from[i + 4] + run);
  }
  return from[0];
}

Secret<std::string> without_separators(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [](char c) { return std::string_view(" -_.").find(c) == std::string_view::npos; });
  return Secret<std::string>(std::move(out));
}

// The shortest piece that the text repeats: "pass" for "passpass", the text itself when it repeats nothing.
std::string_view repeated_piece(std::string_view text) {
  for (std::size_t period = 1; period <= text.size() / 2; ++period) {
    if (text.size() % period == 0 && text.substr(period) == text.substr(0, text.size() - period)) {
      return text.substr(0, period);
    }
  }
  return text;
}

bool is_known_somehow(std::string_view text, const std::function<bool(std::string_view)>& is_known) {
  const auto known = [&](std::string_view form) {
    return !form.empty() && (is_known(form) || is_known(repeated_piece(form)));
  };
  const auto joined = without_separators(text);
  return known(text) || known(joined.reveal()) || known(without_look_alikes(joined.reveal(), One::IsI).reveal()) ||
         known(without_look_alikes(joined.reveal(), One::IsL).reveal());
}

}  // namespace

Secret<std::string> without_look_alikes(std::string_view lower, One one) {
  return mapped(lower, [one](char c) {
    constexpr std::string_view alike = "@4836$5079+";
    constexpr std::string_view letter = "aabegssotgt";
    if (c == '1' || c == '!' || c == '|') return one == One::IsI ? 'i' : 'l';
    const auto at = alike.find(c);
    return at == std::string_view::npos ? c : letter[at];
  });
}

bool is_sequence(std::string_view lower) { return !lower.empty() && cost(lower, 0) <= lower.size() / 6; }

bool is_one_word(std::string_view lower, const std::function<bool(std::string_view)>& is_known) {
  const auto first = std::find_if(lower.begin(), lower.end(), is_of_a_word);
  if (first == lower.end()) return is_known_somehow(lower, is_known);
  const auto last = std::find_if(lower.rbegin(), lower.rend(), is_of_a_word).base();
  const auto word_begin = static_cast<std::size_t>(first - lower.begin());
  const auto word_end = static_cast<std::size_t>(last - lower.begin());
  for (auto begin = word_begin - std::min(word_begin, own_ends); begin <= word_begin; ++begin) {
    for (auto end = word_end; end <= std::min(word_end + own_ends, lower.size()); ++end) {
      const auto word = lower.substr(begin, end - begin);
      const bool near = word_begin - begin <= look_alike_ends && end - word_end <= look_alike_ends;
      if (!is_known(word) && !(near && is_known_somehow(word, is_known))) continue;
      if (cost(lower.substr(0, begin), 1) + cost(lower.substr(end), 1) <= most_around_a_word) return true;
    }
  }
  return is_known_somehow(lower, is_known);
}

}  // namespace gatehouse::accounts
