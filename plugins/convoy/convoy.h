// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bells.h"

#include <gatehouse/sdk/host.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string_view>
#include <vector>

namespace gatehouse::convoy {

// Calls that travel together: those that come while others of the same group are on their way to the server wait for
// them, and make one journey then. Who comes alone goes alone and at once, but for giving the processor away once where
// the last journey had company; the more calls there are, the fewer journeys they are. What a group is, and what a
// journey does for all its travellers, is the plugin's. Any thread.
class Convoy {
 public:
  // One call, on the stack of its thread. Its own thread reads what others may have written to it after travel().
  class Traveller {
   public:
    Traveller(std::string_view group, std::int64_t deadline_ns) noexcept : group_(group), deadline_ns_(deadline_ns) {}
    Traveller(const Traveller&) = delete;
    Traveller& operator=(const Traveller&) = delete;
    std::string_view group() const noexcept { return group_; }
    std::int64_t deadline_ns() const noexcept { return deadline_ns_; }

   protected:
    ~Traveller() = default;

   private:
    friend class Convoy;
    enum class State : std::uint8_t {
      Travelling,
      Driving,  // the lane is its own
      Arrived,
      Alone
    };
    // Tells it, and whoever does so rings the bells afterwards. It may be gone as soon as it is told.
    [[nodiscard]] Bells::Mask become(State state) noexcept {
      const Bells::Mask bells = bells_;
      state_.store(state, std::memory_order_release);
      return bells;
    }
    bool told() const noexcept { return state_.load(std::memory_order_acquire) != State::Travelling; }

    const std::string_view group_;
    const std::int64_t deadline_ns_;
    std::atomic<State> state_{State::Travelling};
    // Of one who waits, from before others can see it.
    unsigned company_ = 0;
    Bells::Mask bells_ = 0;
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
  // With a lock on mutex_.
  void queue(Traveller& traveller);
  // True: nobody counts on the traveller any more.
  bool leave(Traveller& traveller);
  // True: it was told something, if need be after its deadline. False: its deadline passed, and it has left.
  bool wait(Traveller& traveller);
  void journey(Traveller& driver, Travellers& all, const Drive& drive);
  // `all` has room for as many as there are seats.
  void board(Traveller& driver, Travellers& all);
  void arrive(const Travellers& all);

  const sdk::Host host_;
  const std::size_t lanes_;
  const std::size_t seats_;
  const std::int64_t time_to_share_ns_;
  mutable std::mutex mutex_;
  std::vector<Traveller*> waiting_;   // in the order they came; guarded by mutex_
  std::vector<Traveller*> drivers_;   // guarded by mutex_
  unsigned companies_ = 0;            // guarded by mutex_
  std::atomic<bool> crowded_{false};  // the last journey, of whatever group, had company
  Bells bells_;
};

}  // namespace gatehouse::convoy
