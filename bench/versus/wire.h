// wire.h – a connection to a server over a Unix socket: requests go out whole, answers come in lines and in bytes.
//
// Thinner than the servers' client libraries, so that what is measured is the server and the socket. What fails ends
// the bench with a message.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

namespace larder::bench::versus {

class Wire {
 public:
  explicit Wire(const std::string& socket);
  ~Wire();
  Wire(Wire&& other) noexcept;
  Wire& operator=(const Wire&) = delete;

  void send(std::string_view request);
  /// The next line, without its end. Valid until the next call.
  std::string_view line();
  /// So many bytes, and the end of line behind them is skipped. Valid until the next call.
  std::string_view bytes(size_t count);

 private:
  /// Reads until `count` bytes are there from `begin_` on.
  void receive(size_t count);

  int socket_;
  std::string buffer_;
  size_t begin_ = 0;  ///< of what is not consumed yet
  size_t end_ = 0;
};

/// The number at the beginning of the text; 0 if there is none.
inline uint64_t number(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Appends text and numbers without a detour over a format.
inline void append(std::string& to, std::string_view text) { to.append(text); }
inline void append(std::string& to, size_t value) {
  char digits[20];
  to.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}
template <class... Parts>
void append_all(std::string& to, const Parts&... parts) {
  (append(to, parts), ...);
}

}  // namespace larder::bench::versus
