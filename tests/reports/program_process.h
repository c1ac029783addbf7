// The program as a process of its own: to be killed, or to be waited for.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

namespace bitgate::reports {

// With a date that does not move and nothing said.
inline pid_t start_program(const std::vector<std::string>& arguments) {
  std::vector<char*> argv{const_cast<char*>(BITGATE_PROGRAM)};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int null = ::open("/dev/null", O_WRONLY);
  ::dup2(null, STDOUT_FILENO);
  ::dup2(null, STDERR_FILENO);
  ::setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
  ::execv(BITGATE_PROGRAM, argv.data());
  ::_exit(127);
}

// Exit status; -1 when a signal ended it.
inline int run_program(const std::vector<std::string>& arguments) {
  int status = 0;
  ::waitpid(start_program(arguments), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Exit status of one that had ended already; -1 when it was still running.
inline int kill_program(pid_t child) {
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace bitgate::reports
