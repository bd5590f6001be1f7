// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/sdk/host.hpp>

#include <semaphore.h>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <vector>

namespace gatehouse::convoy {

// Calls that travel together: those that come while others of the same group are on their way to the server wait for
// them, and make one journey then. Who comes alone goes alone and at once; the more calls there are, the fewer journeys
// they are. What a group is, and what a journey does for all its travellers, is the plugin's. Any thread.
class Convoy {
 public:
  // One call, on the stack of its thread. Its own thread reads what others may have written to it after travel().
  class Traveller {
   public:
    Traveller(std::string_view group, std::int64_t deadline_ns) noexcept;
    Traveller(const Traveller&) = delete;
    Traveller& operator=(const Traveller&) = delete;
    std::string_view group() const noexcept { return group_; }
    std::int64_t deadline_ns() const noexcept { return deadline_ns_; }

   protected:
    ~Traveller();

   private:
    friend class Convoy;
    enum class State : std::uint8_t {
      Travelling,
      Driving,  // the lane is its own
      Arrived,
      Alone
    };
    // Tells it.
    void become(State state) noexcept;
    // Until it is told something. False: its deadline passed.
    bool sleep() noexcept;

    const std::string_view group_;
    const std::int64_t deadline_ns_;
    std::atomic<State> state_{State::Travelling};
    sem_t told_;  // posted once
  };
  using Travellers = std::vector<Traveller*>;
  using Drive = std::function<void(const Travellers&)>;
  enum class Outcome : std::uint8_t {
    Arrived,  // a journey with this traveller has ended
    Alone,    // it has little time left: it is to go by itself, with a deadline that is nobody else's
    Late      // its deadline passed before a journey began
  };

  // `lanes`: so many journeys of one group at a time. `seats`: most travellers of a journey. `time_to_share_ns`: with
  // less than this left when a journey begins nobody travels along, so that a journey may last at least so long.
  Convoy(const sdk::Host& host, std::size_t lanes, std::size_t seats, std::int64_t time_to_share_ns)
      : host_(host), lanes_(lanes), seats_(seats), time_to_share_ns_(time_to_share_ns) {}

  // Arrived: either this thread was the driver and has called `drive` with all travellers, its own the first of them,
  // or another one was. What `drive` throws goes to the driver; the others arrive as they are. Otherwise nothing has
  // happened.
  Outcome travel(Traveller& traveller, const Drive& drive);
  // When a journey of all these has to end. `all` is not empty.
  static std::int64_t earliest_deadline_ns(const Travellers& all) noexcept;
  // How many wait for a journey to end.
  std::size_t waiting() const;

 private:
  bool has_time(const Traveller& traveller, std::int64_t now_ns) const noexcept {
    return traveller.deadline_ns() - now_ns >= time_to_share_ns_;
  }
  // True: the traveller is to drive.
  bool enter(Traveller& traveller);
  // True: nobody counts on the traveller any more.
  bool leave(Traveller& traveller);
  void journey(Traveller& driver, Travellers& all, const Drive& drive);
  // `all` has room for as many as there are seats.
  void board(Traveller& driver, Travellers& all);
  void arrive(const Travellers& all);

  const sdk::Host host_;
  const std::size_t lanes_;
  const std::size_t seats_;
  const std::int64_t time_to_share_ns_;
  mutable std::mutex mutex_;
  std::vector<Traveller*> waiting_;  // in the order they came; guarded by mutex_
  std::vector<Traveller*> drivers_;  // guarded by mutex_
};

}  // namespace gatehouse::convoy
