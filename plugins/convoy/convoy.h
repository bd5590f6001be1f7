// SPDX-License-Identifier: Apache-2.0
#pragma once

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
      Arrived
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

  // `lanes`: so many journeys of one group at a time. `seats`: most travellers of a journey.
  Convoy(std::size_t lanes, std::size_t seats) : lanes_(lanes), seats_(seats) {}

  // Returns when a journey with this traveller has ended: either this thread was the driver and has called `drive` with
  // all travellers, its own the first of them, or another one was. What `drive` throws goes to the driver; the others
  // arrive as they are. False: the deadline passed before a journey began; nothing has happened.
  bool travel(Traveller& traveller, const Drive& drive);
  // How many wait for a journey to end.
  std::size_t waiting() const;

 private:
  // True: the traveller is to drive.
  bool enter(Traveller& traveller);
  // True: nobody counts on the traveller any more.
  bool leave(Traveller& traveller);
  void journey(Traveller& driver, Travellers& all, const Drive& drive);
  // `all` has room for as many as there are seats.
  void board(Traveller& driver, Travellers& all);
  void arrive(const Travellers& all);

  const std::size_t lanes_;
  const std::size_t seats_;
  mutable std::mutex mutex_;
  std::vector<Traveller*> waiting_;  // in the order they came; guarded by mutex_
  std::vector<Traveller*> drivers_;  // guarded by mutex_
};

}  // namespace gatehouse::convoy
