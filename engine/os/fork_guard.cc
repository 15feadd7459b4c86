// fork_guard.cc – see fork_guard.h.
#include "os/fork_guard.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace larder::os {

namespace {

size_t whole_pages(size_t size) { return (size + 4095) & ~size_t{4095}; }

struct Registry {
  std::mutex slow_path;
  std::mutex mutex;
  std::vector<int> descriptors;
};

Registry& registry();

void before_fork() {
  registry().slow_path.lock();
  registry().mutex.lock();
}
void after_fork() {
  registry().mutex.unlock();
  registry().slow_path.unlock();
}
void after_fork_in_child() {
  for (const int fd : registry().descriptors) ::close(fd);
  registry().descriptors.clear();
  after_fork();
}

Registry& registry() {
  static Registry* const instance = [] {
    if (pthread_atfork(before_fork, after_fork, after_fork_in_child) != 0) std::abort();
    return new Registry;  // outlives every static destructor
  }();
  return *instance;
}

}  // namespace

void* allocate_wiped(size_t size) {
  void* at = mmap(nullptr, whole_pages(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED || madvise(at, whole_pages(size), MADV_WIPEONFORK) != 0) std::abort();
  return at;
}

void free_wiped(void* at, size_t size) { munmap(at, whole_pages(size)); }

void close_in_child(int fd) {
  std::lock_guard lock(registry().mutex);
  registry().descriptors.push_back(fd);
}

void forget_descriptor(int fd) {
  std::lock_guard lock(registry().mutex);
  auto& all = registry().descriptors;
  all.erase(std::remove(all.begin(), all.end(), fd), all.end());
}

std::mutex& slow_path_mutex() { return registry().slow_path; }

}  // namespace larder::os
