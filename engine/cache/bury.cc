// bury.cc – see bury.h.
#include "cache/bury.h"

#include "policy/loose.h"

namespace larder::cache {

segment::Undertaker make_undertaker(std::shared_ptr<const segment::Tables> tables, std::vector<policy::Plane> planes) {
  return [tables = std::move(tables), planes = std::move(planes)](uint64_t owner) {
    for (const segment::ThreadLine& line : tables->lines_in_use()) {
      if (line.owner.load_acquire() != owner) continue;
      const uint64_t at = line.claim_at.load_acquire(), word = line.claim_word.load_acquire();
      if (at >> 48 < planes.size()) planes[at >> 48].index.resolve_claim(at, word);
    }
    const uint32_t worker = static_cast<uint32_t>(segment::OwnerWord::Slot::get(owner));
    for (const policy::Plane& plane : planes) {
      const ring::Runs runs(plane.rings);
      for (uint32_t page = 0; page < plane.rings.table().count(); ++page)  // heads before their tails
        if (!runs.finish_for(page, worker)) plane.rings.finish_for(page, worker);
      policy::collect_runs(plane, worker);
    }
  };
}

}  // namespace larder::cache
