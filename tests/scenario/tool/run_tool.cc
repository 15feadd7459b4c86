// run_tool.cc – starts the program and reads its output.
#include "run_tool.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace larder::test {

namespace {

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void redirect(int fd, const std::string& path, int flags) {
  const int file = ::open(path.c_str(), flags, 0600);
  if (file < 0 || ::dup2(file, fd) < 0) ::_exit(126);
}

}  // namespace

Outcome run_larder(const std::vector<std::string>& arguments, const std::string& input) {
  const TempDirectory files;
  std::ofstream(files / "in", std::ios::binary) << input;
  std::vector<std::string> copy = arguments;
  std::vector<char*> argv{const_cast<char*>("larder")};
  for (std::string& argument : copy) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::unsetenv("LARDER_SEGMENT");
    ::unsetenv("LARDER_DIR");
    redirect(0, files / "in", O_RDONLY);
    redirect(1, files / "out", O_WRONLY | O_CREAT | O_TRUNC);
    redirect(2, files / "err", O_WRONLY | O_CREAT | O_TRUNC);
    ::execv(LARDER_TOOL, argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  Outcome run;
  run.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  run.out = content(files / "out");
  run.err = content(files / "err");
  return run;
}

::testing::AssertionResult is_json(const std::string& text) {
  if (std::system("command -v python3 >/dev/null 2>&1") != 0) {
    return ::testing::AssertionSuccess() << "python3 is not installed: not checked";
  }
  const TempDirectory files;
  std::ofstream(files / "json") << text;
  const std::string command = "python3 -c 'import json,sys; [json.loads(l) for l in open(sys.argv[1])]' " +
                              (files / "json") + " 2>" + (files / "err");
  if (!text.empty() && std::system(command.c_str()) == 0) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "not JSON: " << text << content(files / "err");
}

void ToolTest::make_segment() {
  create_segment(segment_options(directory_, {cache_options("small", 1 << 20), cache_options("dnsTxt", 1 << 20)}));
}

Outcome ToolTest::tool(std::vector<std::string> arguments, const std::string& input) const {
  arguments.insert(arguments.end(), {"--directory", directory_.path()});
  return run_larder(arguments, input);
}

Outcome ToolTest::on_test(std::vector<std::string> arguments, const std::string& input) const {
  arguments.insert(arguments.end(), {"--segment", "test"});
  return tool(std::move(arguments), input);
}

}  // namespace larder::test
