// SPDX-License-Identifier: Apache-2.0
#include "window_limiter.h"

#include "kind.h"
#include "order_code.h"

#include <charconv>

namespace gatehouse::store_redis {
namespace {

constexpr std::size_t longest_key = 256;
// What the contract grants to calls that come out of order.
constexpr std::int64_t lateness_us = 10'000'000;

void check_key(std::string_view key) {
  if (key.empty() || key.size() > longest_key) invalid("a bucket's key is not 1 to 256 bytes long");
}

}  // namespace

sdk::Status WindowLimiter::take(const sdk::Call& call, const sdk::Take& take, sdk::Taken& taken) {
  check_key(take.key);
  if (take.limit < 1) invalid("a limit is less than 1");
  if (take.window_us < 1) invalid("a window is shorter than a microsecond");
  const std::string key = layout_.limiter(take.key);
  const std::string event = run_ + number_code(static_cast<std::int64_t>(++events_));
  // Asked again after a lost answer it would count twice at most; that errs on the safe side.
  Question question(slot_of(key), Question::Effect::Repeatable,
                    backend_.script(Script::Take, {key},
                                    {std::to_string(call.now_us()), std::to_string(take.limit),
                                     std::to_string(take.window_us), std::to_string(lateness_us), event}));
  question.in_company = true;
  const Reply reply = backend_.ask(question, call);
  taken.allowed = reply[0].integer() != 0;
  taken.remaining = static_cast<std::uint32_t>(reply[1].integer());
  double wait = 0;
  const auto text = reply[2].text();
  std::from_chars(text.data(), text.data() + text.size(), wait);
  taken.retry_after_us = wait < 9.2e18 ? static_cast<std::int64_t>(wait) : INT64_MAX;
  return {};
}

sdk::Status WindowLimiter::reset(const sdk::Call& call, std::string_view key) {
  check_key(key);
  const std::string name = layout_.limiter(key);
  backend_.ask(Question(slot_of(name), Question::Effect::Repeatable, Command(2) << "UNLINK" << name), call);
  return {};
}

}  // namespace gatehouse::store_redis
