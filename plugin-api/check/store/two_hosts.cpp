// SPDX-License-Identifier: Apache-2.0
#include "store/two_hosts.h"

#include "store/threads.h"
#include "worker.h"

#include <array>
#include <cerrno>
#include <string>

#include <sys/socket.h>
#include <unistd.h>

namespace gatehouse::check::store {
namespace {

constexpr std::int64_t gone = INT64_MIN;

void needs_sharing(Context& context) {
  const auto flags = context.table_of<gh_store_v1>(GH_STORE_V1).flags;
  if ((flags & GH_STORE_SHARED) == 0) context.skip("it does not say GH_STORE_SHARED: its backend has one host");
}

std::array<int, 2> make_line(Context& context) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    context.fail("this machine gives the kit no pair of sockets");
  }
  return ends;
}

void run_one_side(Host& host, std::span<const SharedCheck> checks) {
  Store& store = host.store();
  std::size_t tried = 0;
  std::string missing;
  for (std::size_t at = 0; at < checks.size(); ++at) {
    const SharedCheck& check = checks[at];
    store.context().give_time(at, checks.size());
    // What is cleared away at the beginning is of no check that still runs.
    host.meet();
    store.begin(check.sentence);
    host.meet();
    try {
      check.run(host);
      ++tried;
    } catch (const NotHeld& not_held) {
      host.leave();
      missing = not_held.what;
      if (!host.first()) continue;
      store.context().detail(std::string("not tried: ") + check.sentence + "; the store's kinds do not have " +
                             missing);
    }
  }
  host.meet();
  if (tried == 0 && host.first()) store.context().skip("the store's kinds do not have " + missing);
}

}  // namespace

std::int64_t Host::swap(std::int64_t mine) {
  tell(mine);
  const std::int64_t theirs = hear();
  if (theirs != gone) return theirs;
  left_ = true;
  throw NotHeld{"what the other host needed"};
}

void Host::leave() {
  tell(gone);
  while (!left_) left_ = hear() == gone;
  left_ = false;
}

// A host whose other one is gone ends without a word: that one has said why, or its death says it.
void Host::tell(std::int64_t number) const {
  if (::send(line_, &number, sizeof(number), MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof(number))) ::_exit(0);
}

std::int64_t Host::hear() const {
  std::int64_t number = 0;
  for (;;) {
    const auto got = ::recv(line_, &number, sizeof(number), MSG_WAITALL);
    if (got == static_cast<ssize_t>(sizeof(number))) return number;
    if (got >= 0 || errno != EINTR) ::_exit(0);
  }
}

void run_on_two_instances(Context& context, std::span<const SharedCheck> checks) {
  needs_sharing(context);
  Store first(context);
  Store second(context);
  const auto line = make_line(context);
  const std::string run = name_of_run();
  on_threads(2, [&](int number) {
    Store& mine = number == 0 ? first : second;
    mine.join(run);
    Host host(mine, line[static_cast<std::size_t>(number)], number == 0);
    run_one_side(host, checks);
  });
  for (const int end : line) ::close(end);
}

void run_in_two_processes(Context& context, std::span<const SharedCheck> checks) {
  const auto line = make_line(context);
  const std::string run = name_of_run();
  const auto side = [&](std::size_t number) {
    return [&, number](const Worker::Tell&) {
      ::close(line[1 - number]);
      needs_sharing(context);
      Store store(context);
      store.join(run);
      Host host(store, line[number], number == 0);
      run_one_side(host, checks);
    };
  };
  // The case's own process loads no plugin, so that each of these loads it afresh.
  Worker first(context, side(0));
  Worker second(context, side(1));
  for (const int end : line) ::close(end);
  first.wait();
  second.wait();
}

}  // namespace gatehouse::check::store
