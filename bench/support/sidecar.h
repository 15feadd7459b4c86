// sidecar.h – larderd beside a bench: the program itself, keeping the bench's segment as it would any other.
//
// The binary is the one beside the bench's own. It adopts the segment, so the segment must exist; it goes with the
// bench, however the bench ends.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace larder::bench {

class Sidecar {
 public:
  /// Starts larderd with a configuration of these lines and waits until it keeps the segment. `cpu`: the CPU it stays
  /// on; none = any. Ends the bench with a message if there is no larderd or if it ends instead.
  explicit Sidecar(const std::string& segment, std::optional<uint32_t> cpu = {}, const std::string& configuration = {});
  /// Stops it; the segment stays.
  ~Sidecar();
  Sidecar(const Sidecar&) = delete;
  Sidecar& operator=(const Sidecar&) = delete;

  /// CPU time that all its threads used since it started, in nanoseconds.
  int64_t cpu_ns() const;

 private:
  pid_t pid_ = -1;
};

}  // namespace larder::bench
