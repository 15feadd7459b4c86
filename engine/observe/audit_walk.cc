// audit_walk.cc – the audit's rule that hands and compactors meet every live entry; see audit.cc.
//
// They walk a page from entry to entry by the lengths in the headers. An entry that they do not meet would lose its
// bytes with the page while its slot still leads there.
#include <algorithm>
#include <vector>

#include "observe/audit_report.h"
#include "store/record.h"

namespace larder::observe {

using index::SlotWord;
using page::PageWord;
using page::State;

namespace {

/// Calls `meet(position)` for each entry that a walk through the page meets, until it returns false.
template <class Meet>
void walk(const policy::Plane& plane, uint32_t page, uint32_t first_offset, const Meet& meet) {
  const page::PageTable& table = plane.rings.table();
  const uint64_t used = std::min<uint64_t>(table.record(page).tail.load_acquire(), table.page_bytes());
  for (uint32_t offset = first_offset; offset < used;) {
    ring::EntryAt entry;
    const uint32_t position = table.position_of(page, offset);
    if (!plane.reader.parse(position, entry)) {
      if (entry.header != 0) return;
      offset += 8;
      continue;
    }
    if (!meet(position)) return;
    offset += entry.shape.total;
  }
}

bool holds_entries(const policy::Plane& plane, uint32_t page) {
  const State state = PageWord::state(plane.rings.table().record(page).word.load_acquire());
  return state == State::ring || state == State::emptying;
}

}  // namespace

void audit_walk(const Inspector::Impl& seen, uint32_t number, Findings& findings) {
  const policy::Plane& plane = seen.planes[number];
  const page::PageTable& table = plane.rings.table();
  const uint32_t first_offset = seen.is_store(number) ? store::kRecordStart : 0;
  std::vector<bool> met(uint64_t{table.count()} * table.page_bytes() / 8, false);
  for (uint32_t page = 0; page < table.count(); ++page)
    if (holds_entries(plane, page))
      walk(plane, page, first_offset, [&](uint32_t position) { return met[position] = true; });
  for_each_live(plane, 1, [&](uint32_t bucket, uint32_t slot, uint64_t word) {
    const base::Atomic64& cell = plane.index.bucket(bucket).slots[slot];
    const auto passed_over = [&] {  // the entry may have been written after the walk above
      const uint64_t now = cell.load_acquire();
      const auto position = static_cast<uint32_t>(SlotWord::Position::get(now));
      if (!SlotWord::live(now) || !table.holds(position) || !holds_entries(plane, table.page_of(position)))
        return false;
      bool reached = false;
      walk(plane, table.page_of(position), first_offset, [&](uint32_t at) {
        reached |= at == position;
        return at < position;
      });
      return !reached && cell.load_acquire() == now;
    };
    const auto position = static_cast<uint32_t>(SlotWord::Position::get(word));
    const bool known = table.holds(position) && met[position];
    findings.expect(known || !passed_over() || !findings.stays_wrong(passed_over), "entry-unreached",
                    "bucket {} slot {}: no walk through its page meets position {}", bucket, slot, position);
  });
}

}  // namespace larder::observe
