// view.h – a value read in place.
//
// What it is    a span over the bytes of an entry inside the segment, pinned by a hazard of the viewing thread (or,
//               beyond View::kMaxPins, over a private copy). Move-only; unpins itself.
// Invariants    the bytes do not change and are not reused while the view lives (but become zeros if somebody shortens
// the
//               segment's file, see segment.h).
// Concurrency   a view belongs to the thread that made it and must be destroyed by it. A forked child may destroy the
//               views it inherited (that unpins nothing), but not read them: the pin is its parent's.
// Crash         the hazard of a dead thread is cleared by bury; until then its page or run stays as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace larder {

namespace segment {
struct ThreadState;
}

class View {
 public:
  static constexpr uint32_t kMaxPins = 4;  ///< values one thread can pin at a time

  View() = default;
  View(View&& other) noexcept { swap(other); }
  View& operator=(View&& other) noexcept {
    View taken(std::move(other));
    swap(taken);
    return *this;
  }
  View(const View&) = delete;
  View& operator=(const View&) = delete;
  ~View() { release(); }

  explicit operator bool() const { return found_; }
  std::span<const std::byte> bytes() const { return bytes_; }
  std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  /// True if the value is read in place, false if it is a private copy.
  bool pinned() const { return thread_ != nullptr; }
  /// Unpins now; the view becomes empty.
  void release();

  /// Engine-internal: an in-place view pinned by hazard `pin` of the thread's line.
  View(std::span<const std::byte> bytes, segment::ThreadState* thread, uint32_t pin)
      : bytes_(bytes), thread_(thread), pin_(pin), found_(true) {}
  /// Engine-internal: a view over a private copy.
  View(std::unique_ptr<std::byte[]> copy, size_t size)
      : bytes_(copy.get(), size), copy_(std::move(copy)), found_(true) {}

 private:
  void swap(View& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(copy_, other.copy_);
    std::swap(thread_, other.thread_);
    std::swap(pin_, other.pin_);
    std::swap(found_, other.found_);
  }

  std::span<const std::byte> bytes_{};
  std::unique_ptr<std::byte[]> copy_{};
  segment::ThreadState* thread_ = nullptr;
  uint32_t pin_ = 0;
  bool found_ = false;
};

}  // namespace larder
