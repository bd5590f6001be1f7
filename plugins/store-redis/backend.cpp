// SPDX-License-Identifier: Apache-2.0
#include "backend.h"

#include <gatehouse/sdk/status.hpp>

#include <poll.h>
#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace gatehouse::store_redis {
namespace {

// What passes by itself is waited for, this long in all or half of a command's time; then the client is told to come
// back later.
constexpr std::int64_t patience_us = 400'000;
constexpr int first_pause_ms = 2;
constexpr int longest_pause_ms = 50;
constexpr int most_attempts = 64;

constexpr std::string_view asking = "*1\r\n$6\r\nASKING\r\n";

// "MOVED 3999 127.0.0.1:6381" and "ASK 3999 127.0.0.1:6381".
Endpoint redirection(std::string_view error, const Endpoint& from) {
  std::string_view address = error.substr(error.rfind(' ') + 1);
  if (!address.empty() && address.front() == ':') return parse_endpoint(from.host + std::string(address), 0);
  return parse_endpoint(address, 0);
}

}  // namespace

struct Backend::Attempt {
  Way way = Way::Alone;
  std::optional<Endpoint> there;  // ASK: this node, once
  std::optional<Endpoint> last;   // who was asked
  Trouble trouble;
  bool may_have_happened = false;
};

Backend::Backend(const sdk::Host& host, BackendSettings settings)
    : host_(host), settings_(std::move(settings)), topology_(make_topology(settings_.topology)) {}

Deadline Backend::deadline(const sdk::Call& call) const {
  const Deadline given(host_, call.deadline_ns());
  if (given.passed()) throw sdk::StatusError(GH_TIMEOUT, "the deadline had passed before Redis was asked");
  return given.within(settings_.timeout_us);
}

Pool& Backend::pool(const Endpoint& endpoint) {
  if (!settings_.topology.allow_plaintext && !stays_on_this_machine(endpoint)) {
    throw NotConnected{GH_UNSUPPORTED, plaintext_refusal(endpoint)};
  }
  const std::lock_guard lock(mutex_);
  auto& pool = pools_[endpoint];
  if (pool == nullptr) {
    pool = std::make_unique<Pool>(host_, endpoint, settings_.login, settings_.pool);
    host_.info("uses Redis at " + endpoint.text());
  }
  return *pool;
}

void Backend::start(const std::vector<std::uint16_t>& slots, const sdk::Call& call) {
  const Deadline until = deadline(call);
  try {
    std::set<Endpoint> masters;
    for (const std::uint16_t slot : slots) masters.insert(topology_->master_of(slot, until));
    for (const Endpoint& master : masters) {
      auto lease = pool(master).take(until);
      load_scripts(lease, until);
    }
  } catch (const NotConnected& none) {
    throw sdk::StatusError(none.status, none.words);
  } catch (const LinkFailure& failure) {
    throw sdk::StatusError(GH_UNAVAILABLE, failure.words);
  }
}

void Backend::load_scripts(Pool::Lease& lease, const Deadline& deadline) {
  std::string commands;
  for (const auto& text : script_texts())
    commands += (Command(3) << "SCRIPT"
                            << "LOAD" << text)
                    .bytes();
  const auto replies = lease.exchange(commands, script_count, deadline);
  for (std::size_t at = 0; at < script_count; ++at) {
    if (replies[at].is_error()) {
      const ErrorRow& row = row_of(replies[at].text());
      throw NotConnected{row.status, std::string(row.words) + " (" + std::string(replies[at].text()) + ")"};
    }
    // Start is one thread; later it is the same text, and so the same name.
    if (sha_[at].empty()) sha_[at] = replies[at].text();
  }
}

Command Backend::script(Script script, const std::vector<std::string>& keys,
                        const std::vector<std::string>& arguments) const {
  Command command(3 + keys.size() + arguments.size());
  command << "EVALSHA" << sha_[static_cast<std::size_t>(script)] << std::to_string(keys.size());
  for (const auto& key : keys) command << key;
  for (const auto& argument : arguments) command << argument;
  return command;
}

Reply Backend::ask(const Question& question, const sdk::Call& call) {
  const Deadline until = deadline(call);
  Attempt state;
  try {
    return ask(question, state, until);
  } catch (const std::bad_alloc&) {
    // Of itself it would say that nothing happened.
    if (state.may_have_happened) throw out_of_memory_;
    throw;
  }
}

Reply Backend::ask(const Question& question, Attempt& state, const Deadline& until) {
  const Deadline patience = until.within(std::min(patience_us, settings_.timeout_us / 2));
  if (question.in_company) state.way = Way::Together;
  int pause_ms = first_pause_ms;
  for (int attempts = 1;; ++attempts) {
    if (auto reply = attempt(question, state, until)) return *std::move(reply);
    const Trouble& trouble = state.trouble;
    const bool patient = trouble.others_time || !patience.passed();
    if (!trouble.again || !patient || attempts == most_attempts) {
      throw sdk::StatusError(trouble.status, trouble.words);
    }
    if (!trouble.pause) continue;
    poll(nullptr, 0, std::min(pause_ms, patience.milliseconds_left()));
    pause_ms = std::min(pause_ms * 2, longest_pause_ms);
  }
}

std::optional<Reply> Backend::attempt(const Question& question, Attempt& state, const Deadline& deadline) {
  try {
    const auto there = std::exchange(state.there, {});
    state.last = there ? *there : topology_->master_of(question.slot, deadline);
    Pool& asked = pool(*state.last);
    state.may_have_happened = question.effect == Question::Effect::Once;
    Reply reply = exchange(question, there ? Way::Asking : state.way, deadline, asked);
    if (!reply.is_error()) return reply;
    state.may_have_happened = false;
    follow(question, reply.text(), state, deadline);
  } catch (const NotConnected& none) {
    state.may_have_happened = false;
    host_.count("connect_failures");
    topology_->doubt();
    state.trouble = {none.status, none.words, none.status == GH_UNAVAILABLE || none.others_time, true,
                     none.others_time};
  } catch (const LinkFailure& failure) {
    const bool sent = failure.sent >= question.command.bytes().size();
    const bool may_have_happened = sent && question.effect == Question::Effect::Once;
    state.may_have_happened = may_have_happened;
    host_.count("lost_connections");
    topology_->doubt();
    const bool timed_out = failure.how == LinkFailure::How::TimedOut;
    const gh_status status = may_have_happened ? GH_IN_DOUBT : timed_out ? GH_TIMEOUT : GH_UNAVAILABLE;
    state.trouble = {status, "Redis at " + state.last->text() + ": " + failure.words,
                     !may_have_happened && !(timed_out && deadline.passed()), false, failure.others_time};
  } catch (const std::invalid_argument& error) {
    state.trouble = {GH_INTERNAL, std::string("Redis redirects to an address that ") + error.what(), false, false,
                     false};
  }
  return std::nullopt;
}

Reply Backend::exchange(const Question& question, Way way, const Deadline& deadline, Pool& pool) {
  const bool wait = question.wait_for_replicas && settings_.wait_replicas > 0;
  if (way == Way::Together && !wait) return pool.exchange_together(question.command, deadline);
  auto lease = pool.take(deadline);
  const auto replies = way == Way::Asking ? lease.exchange(std::string(asking) + question.command.bytes(), 2, deadline)
                                          : lease.exchange(question.command.bytes(), 1, deadline);
  if (wait && !replies.back().is_error() && replies.back().integer() == 0) wait_for_replicas(lease, deadline);
  return replies.back();
}

void Backend::follow(const Question& question, std::string_view error, Attempt& state, const Deadline& deadline) {
  const ErrorRow& row = row_of(error);
  state.trouble = {row.status, std::string(row.words) + " (" + std::string(error) + ")", row.remedy != Remedy::None,
                   false, false};
  switch (row.remedy) {
    case Remedy::None: break;
    case Remedy::Load: {
      auto lease = pool(*state.last).take(deadline);
      try {
        load_scripts(lease, deadline);
      } catch (LinkFailure& failure) {
        failure.sent = 0;  // of the question itself, which has done nothing
        throw;
      }
      break;
    }
    case Remedy::Redirect: topology_->moved(question.slot, redirection(error, *state.last), deadline); break;
    case Remedy::Ask: state.there = redirection(error, *state.last); break;
    case Remedy::Elsewhere:
    case Remedy::Wait:
      topology_->doubt();
      state.trouble.pause = true;
      break;
  }
}

void Backend::wait_for_replicas(Pool::Lease& lease, const Deadline& deadline) {
  const auto milliseconds = std::to_string(settings_.wait_us / 1000);
  const Command wait = Command(3) << "WAIT" << std::to_string(settings_.wait_replicas) << milliseconds;
  try {
    const Reply reply = lease.exchange(wait.bytes(), 1, deadline).front();
    if (!reply.is_error() && reply.integer() >= std::int64_t{settings_.wait_replicas}) return;
  } catch (const LinkFailure&) {
    topology_->doubt();
  }
  throw sdk::StatusError(
      GH_IN_DOUBT, "done on the master, but fewer than wait_replicas = " + std::to_string(settings_.wait_replicas) +
                       " replicas have it: a failover now would undo it");
}

std::vector<Reply> Backend::ask_all(const std::vector<Question>& questions, const sdk::Call& call) {
  const Deadline until = deadline(call);
  std::map<Endpoint, std::vector<std::size_t>> by_process;
  std::vector<std::optional<Reply>> answers(questions.size());
  try {
    for (std::size_t at = 0; at < questions.size(); ++at) {
      by_process[topology_->master_of(questions[at].slot, until)].push_back(at);
    }
    for (const auto& [endpoint, group] : by_process) {
      std::string commands;
      for (const std::size_t at : group) commands += questions[at].command.bytes();
      auto lease = pool(endpoint).take(until);
      const auto replies = lease.exchange(commands, group.size(), until);
      for (std::size_t at = 0; at < group.size(); ++at) {
        if (!replies[at].is_error()) answers[group[at]] = replies[at];
      }
    }
  } catch (const NotConnected&) {
    topology_->doubt();
  } catch (const LinkFailure&) {
    topology_->doubt();
  }
  // What went wrong is asked one by one: there every error has its remedy.
  std::vector<Reply> all;
  all.reserve(questions.size());
  for (std::size_t at = 0; at < questions.size(); ++at) {
    all.push_back(answers[at] ? *std::move(answers[at]) : ask(questions[at], call));
  }
  return all;
}

std::vector<std::size_t> Backend::one_for_each_master(const std::vector<std::uint16_t>& slots, const sdk::Call& call) {
  const Deadline until = deadline(call);
  std::vector<std::size_t> positions;
  try {
    std::set<Endpoint> masters;
    for (std::size_t at = 0; at < slots.size(); ++at) {
      if (masters.insert(topology_->master_of(slots[at], until)).second) positions.push_back(at);
    }
  } catch (const NotConnected& none) {
    throw sdk::StatusError(none.status, none.words);
  }
  return positions;
}

}  // namespace gatehouse::store_redis
