// memcached.cc – memcached over a Unix socket: one command a round trip, or sixteen in one write (a get of many keys).
#include <fmt/format.h>

#include "support/program.h"
#include "versus/drive.h"
#include "versus/wire.h"

namespace larder::bench::versus {
namespace {

constexpr uint64_t kMegabyte = 1 << 20;

class Handle {
 public:
  explicit Handle(const std::string& socket) : wire_(socket) {}

  bool get(std::string_view key, std::span<std::byte> out) { return read({&key, 1}, out.data(), 0) != 0; }
  bool put(std::string_view key, std::string_view value) { return write({&key, 1}, {&value, 1}); }
  uint32_t get_many(const Batch& keys, std::span<std::byte> out) { return read(keys, out.data(), out.size() / kBatch); }
  bool put_many(const Batch& keys, const Batch& values) { return write(keys, values); }

  uint64_t figure(std::string_view command, std::string_view name) {
    wire_.send(command);
    const std::string wanted = fmt::format("STAT {} ", name);
    uint64_t found = 0;
    for (std::string_view line = wire_.line(); line != "END"; line = wire_.line())
      if (line.starts_with(wanted)) found = number(line.substr(wanted.size()));
    return found;
  }
  /// Pages of items and the hash table.
  uint64_t used_bytes() { return figure("stats slabs\r\n", "total_malloced") + figure("stats\r\n", "hash_bytes"); }
  uint64_t entries() { return figure("stats\r\n", "curr_items"); }

 private:
  /// Only what is found comes back, in the order of the request.
  uint32_t read(std::span<const std::string_view> keys, std::byte* out, size_t stride) {
    request_.assign("get");
    for (const std::string_view key : keys) append_all(request_, " ", key);
    request_.append("\r\n");
    wire_.send(request_);
    uint32_t hits = 0;
    size_t at = 0;
    for (std::string_view line = wire_.line(); line != "END"; line = wire_.line(), ++at) {
      line.remove_prefix(sizeof "VALUE");
      while (at < keys.size() && !(line.starts_with(keys[at]) && line[keys[at].size()] == ' ')) ++at;
      if (at == keys.size()) fail("an answer that was not asked for", "memcached");
      const std::string_view value = wire_.bytes(number(line.substr(line.rfind(' ') + 1)));
      std::memcpy(out + at * stride, value.data(), value.size());
      hits |= 1u << at;
    }
    return hits;
  }
  bool write(std::span<const std::string_view> keys, std::span<const std::string_view> values) {
    request_.clear();
    for (size_t i = 0; i < keys.size(); ++i)
      append_all(request_, "set ", keys[i], " 0 0 ", values[i].size(), "\r\n", values[i], "\r\n");
    wire_.send(request_);
    bool all = true;
    for (size_t i = 0; i < keys.size(); ++i) all &= wire_.line() == "STORED";
    return all;
  }

  Wire wire_;
  std::string request_;
};

class Host {
 public:
  Host(const Setting& setting, std::unique_ptr<Program> server, std::string socket)
      : server_(std::move(server)), socket_(std::move(socket)) {
    Handle handle(socket_);
    const uint64_t before = handle.used_bytes();
    fill_batches(setting.data, "memcached",
                 [&](const Batch& keys, const Batch& values) { return handle.put_many(keys, values); });
    memory_ = {handle.used_bytes() - before, handle.entries()};
  }
  Handle open() const { return Handle(socket_); }
  std::optional<Memory> memory() const { return memory_; }

 private:
  std::unique_ptr<Program> server_;
  std::string socket_;
  Memory memory_;
};

}  // namespace

std::unique_ptr<Contestant> start_memcached(const Setting& setting) {
  const std::string socket = setting.directory + "/socket";
  const uint64_t bytes = setting.data.evicting ? setting.data.budget() : 4 * setting.data.budget() + 64 * kMegabyte;
  auto server = Program::on_socket(
      {"memcached", "-u", "root", "-s", socket, "-m", fmt::to_string(bytes / kMegabyte + 1)}, socket, setting.log());
  if (!server) return nullptr;
  return forked(std::make_unique<Host>(setting, std::move(server), socket), setting);
}

}  // namespace larder::bench::versus
