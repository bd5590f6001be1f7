// SPDX-License-Identifier: Apache-2.0
// with_postgres COMMAND..: runs it with a PostgreSQL server that lives as long as the command. The command finds the
// server's URL in TEST_DATABASE_URL. What follows --set NAME=VALUE first is a setting of the server.
#include "support/postgres_server.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

int main(int count, char** arguments) {
  using namespace gatehouse::test;
  if (!PostgresServer::available()) {
    std::cerr << "with_postgres: install the packages of scripts/packages.txt, set test: there is no PostgreSQL here\n";
    return 1;
  }
  PostgresOptions options;
  int at = 1;
  for (; at + 1 < count && std::string(arguments[at]) == "--set"; at += 2) {
    const std::string setting = arguments[at + 1];
    options.settings.emplace_back(setting.substr(0, setting.find('=')), setting.substr(setting.find('=') + 1));
  }
  if (at >= count) return 2;
  try {
    const PostgresServer server(options);
    ::setenv("TEST_DATABASE_URL", server.url().c_str(), 1);
    const pid_t child = ::fork();
    if (child == 0) {
      ::execvp(arguments[at], arguments + at);
      ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  } catch (const std::exception& failure) {
    std::cerr << "with_postgres: " << failure.what() << "\n";
    return 1;
  }
}
