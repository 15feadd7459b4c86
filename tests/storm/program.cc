#include "storm/program.h"

#include <fcntl.h>
#include <unistd.h>

namespace larder::test {

Process start_program(const std::string& program, const std::vector<std::string>& arguments,
                      const std::string& output) {
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return Process([&]() -> int {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (file < 0 || dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0) return 97;
    execv(pointers[0], pointers.data());
    return 96;
  });
}

}  // namespace larder::test
