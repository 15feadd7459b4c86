// larder_rival.cc – the store of a segment, through the public API.
#include <fmt/format.h>

#include "larder/segment.h"
#include "store/rival.h"
#include "support/shm_block.h"

namespace larder::bench {
namespace {

class LarderRival final : public Rival {
 public:
  LarderRival(Segment segment, std::unique_ptr<Store> store) : segment_(std::move(segment)), store_(std::move(store)) {}

  bool get(std::string_view key, std::string& out) override { return store_->key_get(key, out) == StoreStatus::ok; }
  bool set(std::string_view key, std::string_view value) override { return bool(store_->key_set(key, value)); }
  bool increment(std::string_view key) override { return bool(store_->counter_incr(key, 1)); }
  bool check_rate(std::string_view key) override {
    return store_->counter_incr(key, 1, std::chrono::minutes(1), CounterTtl::on_create).value > 0;
  }
  bool lock_and_unlock(std::string_view key) override {
    const VersionAnswer locked = store_->add(key, "owner", std::chrono::seconds(10));
    return locked && store_->remove_version(key, locked.version) == StoreStatus::ok;
  }

 private:
  Segment segment_;
  std::unique_ptr<Store> store_;
};

}  // namespace

std::unique_ptr<Rival> open_larder(const Servers& servers) {
  Result<Segment> segment = Segment::attach("bench", {.directory = servers.directory(), .kind = "bench"});
  if (!segment) fail(segment.error().message.c_str(), "larder");
  Result<std::unique_ptr<Store>> store = segment->store("memory");
  if (!store) fail(store.error().message.c_str(), "larder");
  return std::make_unique<LarderRival>(std::move(*segment), std::move(*store));
}

}  // namespace larder::bench
