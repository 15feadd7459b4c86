// redis.cc – Redis over a Unix socket: one command a round trip, or sixteen keys in one MGET or MSET.
#include <fmt/format.h>

#include "support/program.h"
#include "versus/drive.h"
#include "versus/wire.h"

namespace larder::bench::versus {
namespace {

class Handle {
 public:
  explicit Handle(const std::string& socket) : wire_(socket) {}

  bool get(std::string_view key, std::span<std::byte> out) {
    ask("*2\r\n$3\r\nGET\r\n", {&key, 1}, {});
    return read_value(out.data());
  }
  bool put(std::string_view key, std::string_view value) {
    ask("*3\r\n$3\r\nSET\r\n", {&key, 1}, {&value, 1});
    return wire_.line() == "+OK";
  }
  uint32_t get_many(const Batch& keys, std::span<std::byte> out) {
    ask("*17\r\n$4\r\nMGET\r\n", keys, {});
    if (wire_.line() != "*16") return 0;
    uint32_t hits = 0;
    for (size_t k = 0; k < kBatch; ++k) hits |= uint32_t{read_value(&out[k * (out.size() / kBatch)])} << k;
    return hits;
  }
  bool put_many(const Batch& keys, const Batch& values) {
    ask("*33\r\n$4\r\nMSET\r\n", keys, values);
    return wire_.line() == "+OK";
  }

  void configure_memory(uint64_t bytes) {
    wire_.send(fmt::format("CONFIG SET maxmemory {} maxmemory-policy allkeys-lru\r\n", bytes));
    if (wire_.line() != "+OK") fail("cannot set maxmemory", "redis");
  }
  uint64_t used_memory() {
    wire_.send("INFO memory\r\n");
    const std::string_view facts = wire_.bytes(number(wire_.line().substr(1)));
    constexpr std::string_view kName = "used_memory:";
    return number(facts.substr(facts.find(kName) + kName.size()));
  }
  uint64_t entries() {
    wire_.send("DBSIZE\r\n");
    return number(wire_.line().substr(1));
  }

 private:
  void ask(std::string_view command, std::span<const std::string_view> keys, std::span<const std::string_view> values) {
    request_.assign(command);
    for (size_t i = 0; i < keys.size(); ++i) {
      append_all(request_, "$", keys[i].size(), "\r\n", keys[i], "\r\n");
      if (!values.empty()) append_all(request_, "$", values[i].size(), "\r\n", values[i], "\r\n");
    }
    wire_.send(request_);
  }
  bool read_value(std::byte* out) {
    const std::string_view head = wire_.line();
    if (head.size() < 2 || head[0] != '$' || head[1] == '-') return false;
    const std::string_view value = wire_.bytes(number(head.substr(1)));
    std::memcpy(out, value.data(), value.size());
    return true;
  }

  Wire wire_;
  std::string request_;
};

class Host {
 public:
  Host(const Setting& setting, std::unique_ptr<Program> server, std::string socket)
      : server_(std::move(server)), socket_(std::move(socket)) {
    Handle handle(socket_);
    const uint64_t before = handle.used_memory();
    if (setting.data.evicting) handle.configure_memory(before + setting.data.budget());
    fill_batches(setting.data, "redis",
                 [&](const Batch& keys, const Batch& values) { return handle.put_many(keys, values); });
    memory_ = {handle.used_memory() - before, handle.entries()};
  }
  Handle open() const { return Handle(socket_); }
  std::optional<Memory> memory() const { return memory_; }

 private:
  std::unique_ptr<Program> server_;
  std::string socket_;
  Memory memory_;
};

}  // namespace

std::unique_ptr<Contestant> start_redis(const Setting& setting) {
  const std::string socket = setting.directory + "/socket";
  auto server = Program::on_socket({"redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly",
                                    "no", "--dir", setting.directory},
                                   socket, setting.log());
  if (!server) return nullptr;
  return forked(std::make_unique<Host>(setting, std::move(server), socket), setting);
}

}  // namespace larder::bench::versus
