// builder.h – storing a value: its answers, its options, and building one in place.
//
// What it is    a Builder is room for one value inside the segment (for small values a private buffer). Its maker fills
//               it, in any order, at leisure, and commits it; destroying it before gives the room back.
// Invariants    nobody sees a value before it is committed. A builder holds the pages of its value and nothing else.
// Concurrency   a builder belongs to one thread at a time. A forked child may destroy the builders it inherited (their
//               room is its parent's), but neither fill nor commit them.
// Crash         the room of a dead worker's builders is freed when the worker is buried; a stopped one keeps its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "larder/options.h"

namespace larder {

/// Answer of a writing operation.
enum class [[nodiscard]] PutResult : uint8_t{
    stored,       ///< the entry is visible to everybody
    exists,       ///< add: a live entry is there; nothing changed
    absent,       ///< replace: no live entry is there; nothing changed
    too_large,    ///< the value is longer than max_value(); an older value of the key was removed (counted)
    no_room,      ///< no pages could be freed: mode refuse or off, or too much is held by views and frozen workers
    invalid_key,  ///< empty or longer than kMaxKeyBytes
    invalid_ttl,  ///< a ttl or idle of zero, below zero, or above kMaxTtl
    read_only,    ///< attached read-only
    retired,      ///< the segment was retired: attach to its successor
    detached,     ///< this process could not keep or get a place in the segment (see Segment::last_error)
};
const char* to_string(PutResult result);

/// Options of one put. What is not given comes from the cache's configuration.
struct PutOptions {
  std::optional<milliseconds> ttl{};   ///< absolute: dead this long after the put
  std::optional<milliseconds> idle{};  ///< sliding: dead this long after the last get, view or touch
  std::optional<uint32_t> tag{};       ///< group for remove_tag
};

class Builder {
 public:
  Builder();
  Builder(Builder&&) noexcept;
  Builder& operator=(Builder&&) noexcept;
  ~Builder();

  /// True if there is room to fill and commit.
  explicit operator bool() const { return state_ != nullptr; }
  /// Why there is none: what put would have answered. PutResult::stored after a commit that succeeded.
  PutResult refusal() const { return refusal_; }
  /// The bytes to fill, as many as were reserved; all zero at first. Empty without room.
  std::span<std::byte> bytes() const;
  /// Stores the value under its key, replacing an older one; its time to live begins now. The builder has no room
  /// afterwards, whatever the answer.
  PutResult commit();

  /// Engine-internal: builders are made by Cache::reserve.
  struct State;
  explicit Builder(PutResult refusal);
  explicit Builder(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
  PutResult refusal_;
};

}  // namespace larder
