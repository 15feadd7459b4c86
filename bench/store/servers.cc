// servers.cc – starts redis-server and memcached on sockets of their own, and makes the segment; removes all of it.
#include "larder/segment.h"
#include "store/rival.h"
#include "support/shm_block.h"

namespace larder::bench {
namespace {

constexpr uint64_t kStoreBytes = uint64_t{512} << 20;

}  // namespace

Servers::Servers(Programs programs) {
  SegmentOptions options;
  options.name = "bench";
  options.directory = directory();
  options.stores.emplace_back();
  options.stores.back().size = kStoreBytes;
  options.stores.back().expected_entry = 96;
  const Result<Segment> segment = Segment::create(options, "bench");
  if (!segment) fail(segment.error().message.c_str(), "larder");
  if (programs == Programs::none) return;
  const std::string log = directory() + "/log";
  redis_ = Program::on_socket({"redis-server", "--port", "0", "--unixsocket", redis_socket(), "--save", "",
                               "--appendonly", "no", "--dir", directory()},
                              redis_socket(), log);
  memcached_ = Program::on_socket({"memcached", "-u", "root", "-s", memcached_socket(), "-m", "1024", "-t", "1"},
                                  memcached_socket(), log);
}

}  // namespace larder::bench
