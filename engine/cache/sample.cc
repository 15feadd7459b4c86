// sample.cc – telling the sidecar of an access to a sampled key; see segment/samples.h.
//
// Concurrency   the calling thread pushes to its own ring.
// Crash         the sample is lost.
#include "cache/region.h"

namespace larder::cache {

void sample(const Region& region, segment::ThreadState& thread, segment::SampleKind kind, uint64_t hash, uint64_t bytes,
            uint64_t ttl_seconds) {
  if (!region.writable) return;
  region.member->tables()
      .samples_of(*thread.line)
      .push({hash, segment::SampleWord::make(kind, region.number, bytes, ttl_seconds)});
}

}  // namespace larder::cache
