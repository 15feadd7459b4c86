// samples_model.cc – a stream of samples under relacy: one thread pushes, one pulls, over a ring of four cells.
//
// Searched for: a sample taken before it is whole, taken twice, out of order, or lost without being counted.
#include "model/search.h"
#include "segment/samples.h"

namespace larder::model {
namespace {

using segment::Sample;
using segment::SampleRing;

/// Relacy's atomics start undefined.
void clear(SampleRing& ring) {
  ring.tail.store_relaxed(0);
  ring.head.store_relaxed(0);
  ring.dropped.store_relaxed(0);
  for (base::Atomic64& cell : ring.cells) cell.store_relaxed(0);
}

struct Stream : rl::test_suite<Stream, 2> {
  static constexpr uint64_t kPushed = SampleRing::kCells + 3;
  SampleRing ring;
  uint64_t last = 0, taken = 0;

  void before() { clear(ring); }
  void pull() {
    ring.pull([this](const Sample& sample) {
      RL_ASSERT(sample.hash > last && sample.word == 3 * sample.hash);
      last = sample.hash;
      ++taken;
    });
  }
  void thread(unsigned me) {
    if (me == 0) {
      for (uint64_t n = 1; n <= kPushed; ++n) ring.push({n, 3 * n});
    } else {
      for (int i = 0; i < 3; ++i) pull();
    }
  }
  void after() {
    pull();
    RL_ASSERT(taken + ring.dropped.load_relaxed() == kPushed);
  }
};

}  // namespace
}  // namespace larder::model

int main() { return larder::model::search<larder::model::Stream>("samples: one pushes, one pulls") ? 0 : 1; }
