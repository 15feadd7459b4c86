// random_code.h – codes that cannot be guessed.
//
// Concurrency   any thread; the kernel's randomness.
// Crash         nothing here lives in the segment.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "os/process.h"

namespace larder::mail {

constexpr std::string_view kAlphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Without I, O, 0 and 1, which people take for each other.
constexpr std::string_view kReadable = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// `length` letters of the alphabet, each as likely as any other.
inline std::string random_code(std::string_view alphabet, size_t length) {
  // Bytes from here on would make some letters likelier.
  const size_t fair = 256 / alphabet.size() * alphabet.size();
  std::string code;
  while (code.size() < length) {
    std::array<unsigned char, 64> bytes;
    os::random_bytes(bytes.data(), bytes.size());
    for (const unsigned char byte : bytes) {
      if (byte < fair && code.size() < length) code += alphabet[byte % alphabet.size()];
    }
  }
  return code;
}

}  // namespace larder::mail
