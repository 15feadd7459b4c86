// fork_guard.h – telling a forked child that nothing of its parent's place in the segment is its own.
//
// What it is    WipedMemory: private pages that read as zero in a forked child (MADV_WIPEONFORK); what a thread keeps
//               there loses its validity by itself, so a check that the hot path makes anyway notices the fork.
//               close_in_child: descriptors that carry locks and must not survive into a child.
// Concurrency   allocation and registration lock a process-private mutex; reading is free.
// Crash         process-private.
#pragma once

#include <cstddef>
#include <mutex>

namespace larder::os {

/// `size` zeroed private bytes (rounded up to pages) that a forked child finds zeroed again. Aborts only if the process
/// is out of address space. Never freed by fork; free with free_wiped.
void* allocate_wiped(size_t size);
void free_wiped(void* at, size_t size);

/// From now on `fd` is closed in every forked child; forget_descriptor ends that (before closing it yourself).
void close_in_child(int fd);
void forget_descriptor(int fd);

/// Process-private mutex of the slow paths (attach, first call of a thread, detach). Held across fork, so that a child
/// never inherits it locked by a thread that does not exist there.
std::mutex& slow_path_mutex();

}  // namespace larder::os
