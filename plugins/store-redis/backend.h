// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "connection.h"
#include "pool.h"
#include "reply.h"
#include "scripts.h"
#include "topology.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/status.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::store_redis {

struct BackendSettings {
  TopologySettings topology;
  Login login;
  PoolLimits pool;
  std::int64_t timeout_us = 0;  // for one command, however late the caller's deadline
  std::uint32_t wait_replicas = 0;
  std::int64_t wait_us = 0;
};

// One question to Redis. Its keys are in one hash slot.
class Question {
 public:
  enum class Effect : std::uint8_t { Repeatable, Once };

  Question(std::uint16_t hash_slot, Effect what, Command question)
      : slot(hash_slot), effect(what), command(std::move(question)) {}

  std::uint16_t slot;
  Effect effect;  // Repeatable: asking twice does no harm
  Command command;
  bool wait_for_replicas = false;  // when its answer is 0: it has written
  bool in_company = false;         // quick, with a short answer: may be sent together with those of other threads
};

// Redis, whatever it is made of: finds the master, keeps connections, loads scripts, follows redirections, asks again
// what did nothing. Any thread.
class Backend {
 public:
  Backend(const sdk::Host& host, BackendSettings settings);

  // Connects to the masters of these slots and loads the scripts. Throws sdk::StatusError.
  void start(const std::vector<std::uint16_t>& slots, const sdk::Call& call);

  // EVALSHA of a script.
  Command script(Script script, const std::vector<std::string>& keys, const std::vector<std::string>& arguments) const;

  // Throws sdk::StatusError by the table of README.md:
  //   UNAVAILABLE, TIMEOUT, DENIED, INTERNAL: nothing happened   IN_DOUBT: only for Effect::Once; it may have happened
  Reply ask(const Question& question, const sdk::Call& call);
  // All of them, those of one process in one go. All are Repeatable.
  std::vector<Reply> ask_all(const std::vector<Question>& questions, const sdk::Call& call);
  // Positions in `slots`, one for each process that serves any of them. Throws sdk::StatusError.
  std::vector<std::size_t> one_for_each_master(const std::vector<std::uint16_t>& slots, const sdk::Call& call);

 private:
  struct Trouble {
    gh_status status = GH_INTERNAL;
    std::string words;
    bool again = false;
    bool pause = false;
    bool others_time = false;  // another call's deadline has ended it
  };
  struct Attempt;
  enum class Way : std::uint8_t {
    Together,  // with the questions of other threads
    Alone,
    Asking  // alone, of the node a slot is moving to
  };

  Pool& pool(const Endpoint& endpoint);
  Deadline deadline(const sdk::Call& call) const;
  Reply ask(const Question& question, Attempt& state, const Deadline& until);
  std::optional<Reply> attempt(const Question& question, Attempt& state, const Deadline& deadline);
  Reply exchange(const Question& question, Way way, const Deadline& deadline, Pool& pool);
  void load_scripts(Pool::Lease& lease, const Deadline& deadline);
  void follow(const Question& question, std::string_view error, Attempt& state, const Deadline& deadline);
  void wait_for_replicas(Pool::Lease& lease, const Deadline& deadline);

  const sdk::Host host_;
  const BackendSettings settings_;
  // Made while there is memory: to copy it takes none.
  const sdk::StatusError out_of_memory_{GH_IN_DOUBT, "no memory is left to read what Redis has done"};
  std::unique_ptr<Topology> topology_;
  std::array<std::string, script_count> sha_;  // set by start()
  std::mutex mutex_;
  std::map<Endpoint, std::unique_ptr<Pool>> pools_;  // guarded by mutex_; only grows
};

}  // namespace gatehouse::store_redis
