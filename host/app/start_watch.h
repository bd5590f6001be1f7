// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::app {

// A start runs code of plugins, which may hang, and a thread inside one cannot be ended. So while this lives, SIGTERM
// and SIGINT end the process at once and by that signal, as they do any program, after a line on standard error;
// although they wait (StopSignalsWait) in every thread. What comes with over() or later waits on, as SIGHUP always
// does.
class StartWatch {
 public:
  using Calls = std::function<std::vector<std::string>()>;

  StartWatch();  // throws std::system_error
  ~StartWatch();
  StartWatch(const StartWatch&) = delete;
  StartWatch& operator=(const StartWatch&) = delete;

  // The start is done. One thread; the destructor does the same.
  void over();

  // The calls that are inside plugins now, in words, as far as they are known. Any thread, also after over().
  std::vector<std::string> calls();

  // As long as it lives, `calls` is asked for them.
  class Naming {
   public:
    Naming(StartWatch& watch, Calls calls);
    ~Naming();
    Naming(const Naming&) = delete;
    Naming& operator=(const Naming&) = delete;

   private:
    StartWatch& watch_;
  };

 private:
  void run();
  void tell(Calls calls);

  std::mutex mutex_;
  Calls calls_;  // guarded by mutex_
  int signals_ = -1;
  int end_ = -1;
  std::thread thread_;
};

}  // namespace gatehouse::app
