// SPDX-License-Identifier: Apache-2.0
#include "check/faulty.h"

#include <clocale>
#include <csignal>
#include <cstdlib>
#include <future>
#include <iterator>
#include <stdexcept>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// FAULTY_INNER: the entry of the right plugin, linked in; FAULTY_TABLE: of the wrong one's interface.
extern "C" const gh_plugin FAULTY_INNER;
extern "C" const gh_interface FAULTY_TABLE;

namespace gatehouse::test::faulty {

std::string fault;
std::atomic<bool> one_is_gone{false};

bool crowded() {
  static const auto first = std::this_thread::get_id();
  return std::this_thread::get_id() != first;
}

gh_status explain(const gh_call* call, gh_status status, std::string_view words) {
  call->explain(call->explain_context, slice(words));
  return status;
}

void dawdle(const gh_call* call) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  if (call->deadline_ns > int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec) return;
  const timespec long_enough{2, 500'000'000};
  ::nanosleep(&long_enough, nullptr);
}

namespace {

// What create kept: the name without a copy.
gh_slice kept_name{};
const gh_host* host = nullptr;

const gh_value* setting(const gh_create_args* args, std::string_view key) {
  for (uint64_t i = 0; i < args->config_count; ++i) {
    const auto* at = reinterpret_cast<const gh_config_entry*>(reinterpret_cast<const uint8_t*>(args->config) +
                                                              i * args->config_stride);
    if (view(at->key) == key) return &at->value;
  }
  return nullptr;
}

[[noreturn]] void forever() {
  for (;;) ::pause();
}

gh_status create(const gh_create_args* args, const gh_call* call, gh_instance** out) {
  fault = view(setting(args, "fault")->s);
  if (is("create reads a file")) ::close(::open("/var/lib/gatehouse-faulty", O_RDONLY | O_CLOEXEC));
  if (is("create leaks")) *static_cast<volatile char*>(std::malloc(64)) = 1;
  const bool refuses = is("create refuses silently") && setting(args, "number")->i < 0;
  if (refuses) return GH_INVALID;
  if (is("create wants its own size") && args->struct_size != sizeof(*args)) {
    return explain(call, GH_INVALID, "its arguments have another size");
  }
  kept_name = args->name;
  host = args->host;
  return FAULTY_INNER.create(args, call, out);
}

void change_the_process() {
  if (is("start sets the locale")) ::setlocale(LC_ALL, "C.UTF-8");
  if (is("start sets the umask")) ::umask(0);
  if (is("start sets a variable")) ::setenv("GATEHOUSE_FAULTY", "1", 1);
  if (is("start takes a signal")) std::signal(SIGUSR1, SIG_IGN);
  if (is("start prints")) ::dprintf(STDOUT_FILENO, "hello\n");
  if (is("start changes the folder") && ::chdir("/") != 0) forever();
}

void die_or_hang() {
  if (is("start ends the process")) ::_exit(7);
  if (is("start crashes")) ::raise(SIGSEGV);
  if (is("start hangs")) forever();
  if (is("start throws")) throw std::runtime_error("not today");
}

void leave_something() {
  static bool opened = false;
  if (is("a thread stays")) {
    // Until it runs, the C library has all of its signals blocked.
    std::promise<void> runs;
    auto running = runs.get_future();
    std::thread([runs = std::move(runs)]() mutable {
      runs.set_value();
      forever();
    }).detach();
    running.wait();
  }
  if (is("a file stays open") || (is("a file stays open once") && !opened)) {
    opened = ::open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0;
  }
}

gh_status start(gh_instance* self, const gh_call* call) {
  if (is("start fails")) return explain(call, GH_UNAVAILABLE, "no backend at /run/backend.sock");
  if (is("start reads what was borrowed") && view(kept_name).front() == '\0') return GH_INTERNAL;
  if (is("start answers 42")) return 42;
  if (is("start counts for the host")) host->count(host->context, slice("misuse"), 1);
  if (is("start explains on another thread")) std::thread([&] { explain(call, GH_OK, "late words"); }).join();
  die_or_hang();
  change_the_process();
  leave_something();
  auto given = *call;
  if (is("start fails silently")) given.explain = [](void*, gh_slice) {};
  return FAULTY_INNER.start(self, &given);
}

gh_status drain(gh_instance* self, const gh_call* call) { return FAULTY_INNER.drain(self, call); }

void destroy(gh_instance* self) {
  one_is_gone = true;
  FAULTY_INNER.destroy(self);
}

// Of all three inner plugins together: each takes what it knows.
constexpr gh_setting settings[] = {
    {"fault", "", nullptr, "What is wrong with it.", GH_SETTING_TEXT, 0},
    {"number", "0", nullptr, "A number, of which it may think what it likes.", GH_SETTING_INT, 0},
    {"keyring", "keyring", nullptr, "See kms-local.", GH_SETTING_PATH, 0},
    {"create", "true", nullptr, "See kms-local.", GH_SETTING_BOOL, 0},
    {"rsa_bits", "3072", nullptr, "See kms-local.", GH_SETTING_INT, 0},
    {"folder", "outbox", nullptr, "See mail-outbox.", GH_SETTING_PATH, 0},
};

}  // namespace
}  // namespace gatehouse::test::faulty

namespace faulty = gatehouse::test::faulty;

extern "C" {
extern GH_EXPORT const gh_plugin gatehouse_plugin_v1;
}
constexpr gh_plugin gatehouse_plugin_v1 = {GH_MAGIC,
                                           sizeof(gh_plugin),
                                           GH_ABI_MAJOR,
                                           GH_ABI_MINOR,
                                           0,
                                           FAULTY_ID,
                                           "1.0.0",
                                           "Apache-2.0",
                                           "Is right but for one thing.",
                                           faulty::settings,
                                           std::size(faulty::settings),
                                           sizeof(gh_setting),
                                           &FAULTY_TABLE,
                                           1,
                                           sizeof(gh_interface),
                                           0,
                                           0,
                                           faulty::create,
                                           faulty::start,
                                           faulty::drain,
                                           faulty::destroy};
