// redis_rival.cc – Redis over a Unix socket, one command or transaction a round trip, as its users do it.
#include <hiredis/hiredis.h>

#include "store/rival.h"
#include "support/shm_block.h"

namespace larder::bench {
namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

class RedisRival final : public Rival {
 public:
  explicit RedisRival(redisContext* context) : context_(context) {}
  ~RedisRival() override { redisFree(context_); }

  bool get(std::string_view key, std::string& out) override {
    const Reply reply = ask("GET %b", key.data(), key.size());
    if (!reply || reply->type != REDIS_REPLY_STRING) return false;
    out.assign(reply->str, static_cast<size_t>(reply->len));
    return true;
  }
  bool set(std::string_view key, std::string_view value) override {
    return good(ask("SET %b %b", key.data(), key.size(), value.data(), value.size()));
  }
  bool increment(std::string_view key) override { return good(ask("INCRBY %b 1", key.data(), key.size())); }
  bool check_rate(std::string_view key) override {
    redisAppendCommand(context_, "MULTI");
    redisAppendCommand(context_, "INCRBY %b 1", key.data(), key.size());
    redisAppendCommand(context_, "EXPIRE %b 60", key.data(), key.size());
    redisAppendCommand(context_, "EXEC");
    bool all = true;
    for (int i = 0; i < 4; ++i) {
      void* reply = nullptr;
      if (redisGetReply(context_, &reply) != REDIS_OK) return false;
      all &= good(Reply(static_cast<redisReply*>(reply)));
    }
    return all;
  }
  bool lock_and_unlock(std::string_view key) override {
    return good(ask("SET %b owner NX EX 10", key.data(), key.size())) && good(ask("DEL %b", key.data(), key.size()));
  }

 private:
  template <class... Arguments>
  Reply ask(const char* format, Arguments... arguments) {
    return Reply(static_cast<redisReply*>(redisCommand(context_, format, arguments...)));
  }
  static bool good(const Reply& reply) {
    return reply && reply->type != REDIS_REPLY_ERROR && reply->type != REDIS_REPLY_NIL;
  }

  redisContext* context_;
};

}  // namespace

std::unique_ptr<Rival> open_redis(const Servers& servers) {
  redisContext* context = redisConnectUnix(servers.redis_socket().c_str());
  if (context == nullptr || context->err != 0) fail("cannot connect to the server's socket", "redis");
  return std::make_unique<RedisRival>(context);
}

}  // namespace larder::bench
