// huge_pages.h – a segment in pages of 2 MiB where the kernel gives them.
//
// What it is    a large cache touches more 4 KiB pages than the processor remembers translations for: one more access
//               to memory for each that it must look up. Linux (6.1 and later) puts parts of a tmpfs file into huge
//               pages when asked to, whatever the mount's huge= option says, and maps them as such where the mapping is
//               aligned.
// Invariants    it is a wish: what the kernel does not do changes nothing but speed. No more memory is used than the
//               file was to have anyway.
// Concurrency   fill_with_huge_pages for files that nobody else knows yet; the rest from anywhere.
// Crash         nothing of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "os/shm_file.h"

namespace larder::os {

constexpr uint64_t kHugePage = uint64_t{2} << 20;

/// Gives an empty file of `size` bytes as many huge pages as these parts of it can have; their bytes are zero. What is
/// left is to be reserved as usual.
void fill_with_huge_pages(int fd, uint64_t size, const std::vector<Extent>& parts);

/// Puts memory of a mapped file that is reserved already into huge pages: those that lie wholly within. `at` is aligned
/// as the file is.
void gather_into_huge_pages(std::byte* at, uint64_t bytes);

/// Bytes of a mapping that this process has mapped in huge pages, after reading what of it is in memory. 0 where the
/// system does not say.
uint64_t bytes_in_huge_pages(const std::byte* at, uint64_t size);

/// Where a mapping of `size` bytes may go so that the file's huge pages can be mapped as such; null if it is too small
/// for that or if no address space is to be had. A hint: the place is free when this is asked for.
void* aligned_place(uint64_t size);

}  // namespace larder::os
