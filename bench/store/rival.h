// rival.h – one key-value store as a bench sees it: the operations that mail servers do on it.
//
// A rival is opened by each worker after the fork, so that connections and attachments are the worker's own. All
// operations answer true if they did what was asked.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "support/leftovers.h"
#include "support/program.h"

namespace larder::bench {

class Rival {
 public:
  virtual ~Rival() = default;
  virtual bool get(std::string_view key, std::string& out) = 0;
  virtual bool set(std::string_view key, std::string_view value) = 0;
  virtual bool increment(std::string_view key) = 0;
  /// One hard check of a fixed window: add one, give a new counter an expiry of a minute, compare.
  virtual bool check_rate(std::string_view key) = 0;
  /// Takes a lease of ten seconds and gives it back.
  virtual bool lock_and_unlock(std::string_view key) = 0;
};

/// The programs and segments that rivals need, for the time of the bench; in a directory of its own.
class Servers {
 public:
  enum class Programs : uint8_t { all, none };
  explicit Servers(Programs programs = Programs::all);

  bool has_redis() const { return redis_ != nullptr; }
  bool has_memcached() const { return memcached_ != nullptr; }
  const std::string& directory() const { return directory_.path(); }
  std::string redis_socket() const { return directory() + "/redis.sock"; }
  std::string memcached_socket() const { return directory() + "/memcached.sock"; }

 private:
  ScratchDirectory directory_;
  std::unique_ptr<Program> redis_;
  std::unique_ptr<Program> memcached_;
};

std::unique_ptr<Rival> open_larder(const Servers& servers);
std::unique_ptr<Rival> open_redis(const Servers& servers);
std::unique_ptr<Rival> open_memcached(const Servers& servers);

}  // namespace larder::bench
