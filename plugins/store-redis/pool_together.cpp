// SPDX-License-Identifier: Apache-2.0
#include "pool.h"

#include <utility>
#include <variant>

namespace gatehouse::store_redis {

using convoy::Convoy;

struct Pool::Passenger : Convoy::Traveller {
  Passenger(const Command& what, const Deadline& until)
      : Traveller({}, until.at_ns()), command(what.bytes()), deadline(until) {}
  static Passenger& of(Convoy::Traveller* traveller) { return *static_cast<Passenger*>(traveller); }

  const std::string& command;
  const Deadline& deadline;
  std::variant<std::monostate, Reply, NotConnected, LinkFailure> outcome;
};

Reply Pool::exchange_together(const Command& command, const Deadline& deadline) {
  Passenger passenger(command, deadline);
  const auto drive_all = [this](const Convoy::Travellers& all) {
    try {
      drive(all);
    } catch (...) {
      // Whoever has no outcome by now, the driver among them, is told below that it may have happened.
    }
  };
  const auto outcome = convoy_.travel(passenger, drive_all);
  if (outcome == Convoy::Outcome::Alone) return take(deadline).exchange(command.bytes(), 1, deadline).front();
  if (outcome == Convoy::Outcome::Late) {
    throw NotConnected{GH_TIMEOUT, "Redis at " + endpoint_.text() + " has not answered those who asked before"};
  }
  if (auto* none = std::get_if<NotConnected>(&passenger.outcome)) throw std::move(*none);
  if (auto* failure = std::get_if<LinkFailure>(&passenger.outcome)) throw std::move(*failure);
  if (auto* reply = std::get_if<Reply>(&passenger.outcome)) return std::move(*reply);
  // Words that need no memory.
  throw LinkFailure{LinkFailure::How::Broken, command.bytes().size(), "no memory left"};
}

void Pool::drive(const Convoy::Travellers& all) {
  const Deadline until = Passenger::of(all.front()).deadline.at(Convoy::earliest_deadline_ns(all));
  std::string commands;
  for (auto* each : all) commands += Passenger::of(each).command;

  std::vector<Reply> replies;
  decltype(Passenger::outcome) otherwise;
  std::size_t sent = 0;
  try {
    replies = take(until).exchange(commands, all.size(), until);
  } catch (NotConnected& none) {
    otherwise = std::move(none);
  } catch (LinkFailure& failure) {
    replies = std::move(failure.answered);
    sent = failure.sent;
    otherwise = std::move(failure);
  }
  std::size_t end = 0;
  for (std::size_t at = 0; at < all.size(); ++at) {
    auto& passenger = Passenger::of(all[at]);
    end += passenger.command.size();
    if (at < replies.size()) {
      passenger.outcome = std::move(replies[at]);
      continue;
    }
    passenger.outcome = otherwise;
    const bool others_time = until.passed() && !passenger.deadline.passed();
    if (auto* none = std::get_if<NotConnected>(&passenger.outcome)) none->others_time = others_time;
    if (auto* failure = std::get_if<LinkFailure>(&passenger.outcome)) {
      failure->sent = end <= sent ? passenger.command.size() : 0;
      failure->others_time = others_time;
    }
  }
}

}  // namespace gatehouse::store_redis
