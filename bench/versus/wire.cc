// wire.cc – see wire.h.
#include "versus/wire.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "support/shm_block.h"

namespace larder::bench::versus {
namespace {

constexpr size_t kLeastRoom = 64 << 10;

/// A server has its socket a moment before it listens.
int connected(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) fail("the name of the socket is too long", path.c_str());
  std::memcpy(address.sun_path, path.data(), path.size());
  const int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (file < 0) fail("cannot make a socket", path.c_str());
  for (int i = 0; i < 100; ++i) {
    if (connect(file, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return file;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  fail("cannot connect", path.c_str());
}

}  // namespace

Wire::Wire(const std::string& socket) : socket_(connected(socket)), buffer_(2 * kLeastRoom, '\0') {}

Wire::Wire(Wire&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      end_(other.end_) {}

Wire::~Wire() {
  if (socket_ >= 0) close(socket_);
}

void Wire::send(std::string_view request) {
  while (!request.empty()) {
    const ssize_t sent = ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL);
    if (sent <= 0) fail("cannot send a request", "socket");
    request.remove_prefix(size_t(sent));
  }
}

void Wire::receive(size_t count) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.size() - begin_ < count + kLeastRoom) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
    if (buffer_.size() < count + kLeastRoom) buffer_.resize(2 * (count + kLeastRoom));
  }
  while (end_ - begin_ < count) {
    const ssize_t got = recv(socket_, buffer_.data() + end_, buffer_.size() - end_, 0);
    if (got <= 0) fail("the server closed the connection", "socket");
    end_ += size_t(got);
  }
}

std::string_view Wire::line() {
  for (size_t searched = 0;;) {
    const std::string_view there(buffer_.data() + begin_, end_ - begin_);
    if (const size_t at = there.find("\r\n", searched); at != std::string_view::npos) {
      begin_ += at + 2;
      return there.substr(0, at);
    }
    searched = there.empty() ? 0 : there.size() - 1;
    receive(there.size() + 1);
  }
}

std::string_view Wire::bytes(size_t count) {
  receive(count + 2);
  const std::string_view found(buffer_.data() + begin_, count);
  begin_ += count + 2;
  return found;
}

}  // namespace larder::bench::versus
