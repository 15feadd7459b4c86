// random.h – reproducible random numbers for the workload.
//
// What it is    mix() is a 64-bit finalizer; Random counts and mixes, so a state is one number and a seed names a
//               whole sequence on every machine.
// Invariants    equal seeds give equal sequences.
// Concurrency   one thread.
// Crash         nothing is shared.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace larder::tools {

inline uint64_t mix(uint64_t x) {
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u;
  x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93u;
  return x ^ (x >> 32);
}

inline uint64_t mix_bytes(std::string_view bytes, uint64_t seed) {
  uint64_t hash = mix(seed + bytes.size());
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x9fb21c651e98df25u + 0x5851f42d4c957f2du;
  return mix(hash);
}

/// A number in [0, 1) from 64 random bits.
inline double unit_of(uint64_t bits) { return double(bits >> 11) * 0x1p-53; }

/// A standard normal number from two independent hashes (Box and Muller).
inline double normal_of(uint64_t a, uint64_t b) {
  return std::sqrt(-2 * std::log(1 - unit_of(a))) * std::cos(2 * std::numbers::pi * unit_of(b));
}

class Random {
 public:
  explicit Random(uint64_t seed) : state_(mix(seed)) {}
  uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15u); }
  double unit() { return unit_of(next()); }
  bool chance(double probability) { return unit() < probability; }
  uint32_t below(uint32_t count) { return static_cast<uint32_t>((next() >> 32) * count >> 32); }

 private:
  uint64_t state_;
};

}  // namespace larder::tools
