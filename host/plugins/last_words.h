// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace gatehouse::plugins {

class Supervisor;

// What the process writes to standard error when a plugin ends it. A plugin is code in this process: when it
// dereferences null or calls exit(), the server is gone, and all that is left to do is to say who it was.
//
// A crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) names the signal, the call that the crashing thread was running
// inside a plugin (its name in the config, verb, request id), the plugin file whose code is on that thread's stack, and
// the stack as offsets into files; then the process ends by that signal, as it would have. exit() while a plugin is
// being loaded, or inside a call, names the plugin and ends the process with code 1, whatever the plugin wanted.
// Only numbers and names are written, no content of memory. (_exit() leaves no time for words.)
//
// Neither a signal handler nor atexit() can be given an object, so these are the process-wide state of this program.

// At the start of main, once. Under a sanitizer crashes are left to the sanitizer, which says more.
void install_last_words();

// As long as it lives, whatever ends the process is put down to the loading of this file; one thread loads at a time.
// `file` outlives this.
class LoadingMark {
 public:
  explicit LoadingMark(const char* file) noexcept;
  ~LoadingMark();
  LoadingMark(const LoadingMark&) = delete;
  LoadingMark& operator=(const LoadingMark&) = delete;
};

// As long as it lives, calls are looked up in this supervisor's instances. At most one at a time.
class WatchedCalls {
 public:
  explicit WatchedCalls(const Supervisor& supervisor) noexcept;
  ~WatchedCalls();
  WatchedCalls(const WatchedCalls&) = delete;
  WatchedCalls& operator=(const WatchedCalls&) = delete;
};

}  // namespace gatehouse::plugins
