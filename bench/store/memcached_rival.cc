// memcached_rival.cc – memcached over a Unix socket, by libmemcached.
#include <libmemcached/memcached.h>

#include "store/rival.h"
#include "support/shm_block.h"

namespace larder::bench {
namespace {

class MemcachedRival final : public Rival {
 public:
  explicit MemcachedRival(memcached_st* client) : client_(client) {}
  ~MemcachedRival() override { memcached_free(client_); }

  bool get(std::string_view key, std::string& out) override {
    size_t size = 0;
    uint32_t flags = 0;
    memcached_return_t code{};
    char* value = memcached_get(client_, key.data(), key.size(), &size, &flags, &code);
    if (code != MEMCACHED_SUCCESS) return false;
    out.assign(value, size);
    std::free(value);  // NOLINT: memcached_get hands over malloc'ed bytes
    return true;
  }
  bool set(std::string_view key, std::string_view value) override {
    return memcached_set(client_, key.data(), key.size(), value.data(), value.size(), 0, 0) == MEMCACHED_SUCCESS;
  }
  bool increment(std::string_view key) override { return count(key, 0); }
  bool check_rate(std::string_view key) override { return count(key, 60); }
  bool lock_and_unlock(std::string_view key) override {
    return memcached_add(client_, key.data(), key.size(), "owner", 5, 10, 0) == MEMCACHED_SUCCESS &&
           memcached_delete(client_, key.data(), key.size(), 0) == MEMCACHED_SUCCESS;
  }

 private:
  bool count(std::string_view key, time_t expiry) {
    uint64_t now = 0;
    return memcached_increment_with_initial(client_, key.data(), key.size(), 1, 1, expiry, &now) == MEMCACHED_SUCCESS;
  }

  memcached_st* client_;
};

}  // namespace

std::unique_ptr<Rival> open_memcached(const Servers& servers) {
  memcached_st* client = memcached_create(nullptr);
  memcached_behavior_set(client, MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, 1);  // its increments may create
  if (memcached_server_add_unix_socket(client, servers.memcached_socket().c_str()) != MEMCACHED_SUCCESS)
    fail("cannot use the server's socket", "memcached");
  return std::make_unique<MemcachedRival>(client);
}

}  // namespace larder::bench
