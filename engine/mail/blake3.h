// blake3.h – the BLAKE3 hash, 32 bytes, for keys that are made of what strangers write.
//
// What it is    plain hashing of a whole input, as the BLAKE3 specification has it. A fast unkeyed checksum would let
//               a sender choose the key of somebody else's vacation reply or throttle; BLAKE3 does not. Inputs here
//               are tens of bytes: one or two compressions, portable code.
// Concurrency   pure function.
// Crash         nothing here lives in the segment.
#pragma once

#include <string>
#include <string_view>

namespace larder::mail {

constexpr size_t kBlake3Bytes = 32;

/// The hash of the input, kBlake3Bytes long.
std::string blake3(std::string_view input);

}  // namespace larder::mail
