// hold.cc – announcing an entry's page before the entry is changed in place; see region.h.
//
// Crash         the announcement stays until bury clears it.
#include "cache/region.h"

namespace larder::cache {

bool hold_for_change(const Region& region, segment::ThreadState& thread, index::Found found) {
  page::announce_work(*thread.line, region.number, region.plane.rings.table().page_of(found.position()));
  if (index::SlotWord::identity(found.slot->load_sync()) == index::SlotWord::identity(found.word)) return true;
  page::work_done(*thread.line);
  return false;
}

}  // namespace larder::cache
