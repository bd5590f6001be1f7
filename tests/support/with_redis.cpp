// SPDX-License-Identifier: Apache-2.0
// with_redis COMMAND..: runs it with a Redis server that lives as long as the command. The command finds the server's
// URL in GATEHOUSE_TEST_REDIS_URL.
#include "support/redis_server.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>

int main(int count, char** arguments) {
  if (count < 2) return 2;
  try {
    const gatehouse::test::RedisServer server;
    ::setenv("GATEHOUSE_TEST_REDIS_URL", server.url().c_str(), 1);
    const pid_t child = ::fork();
    if (child == 0) {
      ::execvp(arguments[1], arguments + 1);
      ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  } catch (const std::exception& failure) {
    std::cerr << "with_redis: " << failure.what() << "\n";
    return 1;
  }
}
