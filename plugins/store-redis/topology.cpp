// SPDX-License-Identifier: Apache-2.0
#include "topology.h"

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace gatehouse::store_redis {
namespace {

// CRC-16/XMODEM, as the cluster specification names it.
constexpr std::array<std::uint16_t, 256> crc_table() {
  std::array<std::uint16_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000u) != 0 ? crc << 1 ^ 0x1021u : crc << 1;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}

class SingleServer final : public Topology {
 public:
  explicit SingleServer(Endpoint endpoint) : endpoint_(std::move(endpoint)) {}
  Endpoint master_of(std::uint16_t, const Deadline&) override { return endpoint_; }
  void doubt() noexcept override {}
  void moved(std::uint16_t, const Endpoint&, const Deadline&) override {
    throw NotConnected{GH_UNSUPPORTED, endpoint_.text() + " is a node of a cluster: write redis+cluster:// in url"};
  }

 private:
  const Endpoint endpoint_;
};

// Asks all of them in turn: the first that answers is believed.
class Asking : public Topology {
 public:
  explicit Asking(TopologySettings settings) : settings_(std::move(settings)) {}

  // Without the lock, which others hold for as long as they ask.
  void doubt() noexcept final { in_doubt_ = true; }

 protected:
  struct Lock : std::unique_lock<std::timed_mutex> {
    Lock(std::timed_mutex& mutex, const Deadline& deadline)
        : std::unique_lock<std::timed_mutex>(mutex, std::chrono::milliseconds(deadline.milliseconds_left())) {
      if (!owns_lock()) throw NotConnected{GH_TIMEOUT, "others are still asking where the master is"};
    }
  };

  // Asks where it is in doubt, and remains so where nobody answers; what others doubt meanwhile is asked the next time.
  // The lock is held.
  template <class Answer>
  void ask_in_doubt(const std::vector<Endpoint>& endpoints, const Login& login, const Command& question,
                    const Deadline& deadline, Answer&& answer) {
    if (!in_doubt_.exchange(false)) return;
    try {
      ask(endpoints, login, question, deadline, answer);
    } catch (...) {
      in_doubt_ = true;
      throw;
    }
  }

  // `answer` returns whether it is content. Throws NotConnected with what the last one said.
  template <class Answer>
  void ask(const std::vector<Endpoint>& endpoints, const Login& login, const Command& question,
           const Deadline& deadline, Answer&& answer) const {
    std::string words;
    for (const Endpoint& endpoint : endpoints) {
      const Deadline until = deadline.within(settings_.connect_us);
      try {
        Connection connection(endpoint, login, until);
        const Reply reply = connection.exchange(question.bytes(), 1, until).front();
        if (!reply.is_error() && !reply.is_nil() && answer(endpoint, reply)) return;
        words = endpoint.text() + (reply.is_error() ? " says " + std::string(reply.text()) : " does not know");
      } catch (const NotConnected& none) {
        words = none.words;
      } catch (const LinkFailure& failure) {
        words = endpoint.text() + ": " + failure.words;
      }
    }
    throw NotConnected{GH_UNAVAILABLE, "nobody says which Redis is the master; the last one asked: " + words};
  }

  Endpoint checked(Endpoint endpoint) const {
    if (settings_.allow_plaintext || stays_on_this_machine(endpoint)) return endpoint;
    throw NotConnected{GH_UNSUPPORTED, plaintext_refusal(endpoint)};
  }

  const TopologySettings settings_;
  std::timed_mutex mutex_;
  std::atomic<bool> in_doubt_{true};
};

class Sentinels final : public Asking {
 public:
  using Asking::Asking;

  Endpoint master_of(std::uint16_t, const Deadline& deadline) override {
    const Lock lock(mutex_, deadline);
    if (!in_doubt_) return master_;
    const Command question = Command(3) << "SENTINEL"
                                        << "get-master-addr-by-name" << settings_.target.master;
    ask_in_doubt(settings_.target.endpoints, settings_.sentinel_login, question, deadline,
                 [&](const Endpoint&, const Reply& reply) {
                   master_ =
                       checked(parse_endpoint(std::string(reply[0].text()) + ":" + std::string(reply[1].text()), 0));
                   return true;
                 });
    return master_;
  }
  void moved(std::uint16_t, const Endpoint& endpoint, const Deadline&) override {
    throw NotConnected{GH_UNSUPPORTED, endpoint.text() + " belongs to a cluster: write redis+cluster:// in url"};
  }

 private:
  Endpoint master_;  // guarded by mutex_
};

class Cluster final : public Asking {
 public:
  explicit Cluster(TopologySettings settings)
      : Asking(std::move(settings)), seeds_(settings_.target.endpoints), owner_(slot_count, no_one) {}

  Endpoint master_of(std::uint16_t slot, const Deadline& deadline) override {
    const Lock lock(mutex_, deadline);
    refresh(deadline);
    if (owner_[slot] == no_one) {
      in_doubt_ = true;
      throw NotConnected{GH_UNAVAILABLE, "no node of the cluster serves hash slot " + std::to_string(slot)};
    }
    return nodes_[owner_[slot]];
  }
  void moved(std::uint16_t slot, const Endpoint& endpoint, const Deadline& deadline) override {
    const Lock lock(mutex_, deadline);
    owner_[slot] = number_of(checked(endpoint));
  }

 private:
  static constexpr std::uint16_t no_one = UINT16_MAX;

  std::uint16_t number_of(const Endpoint& endpoint) {
    for (std::size_t at = 0; at < nodes_.size(); ++at) {
      if (nodes_[at] == endpoint) return static_cast<std::uint16_t>(at);
    }
    nodes_.push_back(endpoint);
    return static_cast<std::uint16_t>(nodes_.size() - 1);
  }

  void refresh(const Deadline& deadline) {
    if (!in_doubt_) return;
    auto asked = nodes_;
    asked.insert(asked.end(), seeds_.begin(), seeds_.end());
    ask_in_doubt(asked, settings_.node_login,
                 Command(2) << "CLUSTER"
                            << "SLOTS",
                 deadline, [&](const Endpoint& from, const Reply& reply) { return read(from, reply); });
  }

  bool read(const Endpoint& from, const Reply& ranges) {
    if (ranges.size() == 0) return false;
    nodes_.clear();
    owner_.assign(slot_count, no_one);
    for (std::size_t at = 0; at < ranges.size(); ++at) {
      const Reply range = ranges[at];
      const Reply master = range[2];
      Endpoint endpoint = from;
      if (!master[0].is_nil() && !master[0].text().empty()) endpoint.host = master[0].text();
      endpoint.port = static_cast<std::uint16_t>(master[1].integer());
      const std::uint16_t number = number_of(checked(endpoint));
      for (auto slot = range[0].integer(); slot <= range[1].integer() && slot < std::int64_t{slot_count}; ++slot) {
        owner_[static_cast<std::size_t>(slot)] = number;
      }
    }
    return true;
  }

  const std::vector<Endpoint> seeds_;
  std::vector<Endpoint> nodes_;       // guarded by mutex_, as what follows
  std::vector<std::uint16_t> owner_;  // of each slot, into nodes_
};

}  // namespace

std::uint16_t slot_of(std::string_view key) noexcept {
  static constexpr auto table = crc_table();
  const auto open = key.find('{');
  if (open != std::string_view::npos) {
    const auto close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  std::uint32_t crc = 0;
  for (const char byte : key) crc = (crc << 8 ^ table[(crc >> 8 ^ static_cast<unsigned char>(byte)) & 0xff]) & 0xffff;
  return static_cast<std::uint16_t>(crc % slot_count);
}

std::string plaintext_refusal(const Endpoint& endpoint) {
  return endpoint.text() +
         " is another machine, and the hiredis library of this system has no TLS: passwords and sessions would cross "
         "the network readable. Use a Unix socket, loopback or a tunnel on this machine, or set allow_plaintext = true "
         "where the network itself is encrypted";
}

std::unique_ptr<Topology> make_topology(TopologySettings settings) {
  switch (settings.target.form) {
    case Target::Form::Sentinel: return std::make_unique<Sentinels>(std::move(settings));
    case Target::Form::Cluster: return std::make_unique<Cluster>(std::move(settings));
    case Target::Form::Single: break;
  }
  return std::make_unique<SingleServer>(settings.target.endpoints.front());
}

}  // namespace gatehouse::store_redis
