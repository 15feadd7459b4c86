// audit_store.cc – the audit's rules for the records of a store; see audit.cc. Those of index and pages apply as well.
#include <algorithm>
#include <vector>

#include "observe/audit_report.h"
#include "store/operation.h"

namespace larder::observe {

using index::SlotWord;
using page::PageWord;
using page::State;

namespace {

struct StoreAuditor {
  const policy::Plane& plane;
  const cache::RegionHeader& header;
  Findings& findings;

  /// The first rule that the record of a live slot breaks, or null. What index.cc's rules say already is not repeated.
  const char* broken_rule(uint64_t word) const {
    const page::PageTable& table = plane.rings.table();
    const uint32_t position = static_cast<uint32_t>(SlotWord::Position::get(word));
    ring::EntryAt entry;
    if (!plane.reader.parse(position, entry)) return nullptr;
    if (!store::is_record(entry.words, entry.header)) return "record-form";
    const page::PageRecord& page = table.record(table.page_of(position));
    if (table.offset_of(position) + entry.shape.total > page.tail.load_acquire()) return "record-beyond-tail";
    const base::Pair cell = store::cell_of(entry.words).load();
    std::string key(entry.shape.key_size, 0);
    base::copy_out(key.data(), entry.key(), key.size());
    const bool durable = header.store.durable.has(key);
    const store::Kind kind = store::kind_of(cell.second);
    if (kind == store::Kind::none) return "record-kind";
    if (!durable && (kind == store::Kind::tombstone || store::dirty(cell.second))) return "record-volatile";
    if (kind == store::Kind::value && (cell.first == 0 || cell.first > header.store.versions.load_acquire()))
      return "record-version";
    if (kind == store::Kind::tombstone) return nullptr;
    const uint64_t expiry = store::Meta::Expiry::get(cell.second), earliest = page.earliest.load_acquire();
    const bool in_ring = PageWord::state(page.word.load_acquire()) == State::ring;
    return expiry != 0 && in_ring && (earliest == 0 || earliest > expiry) ? "page-earliest" : nullptr;
  }

  void check(uint32_t bucket, uint32_t slot) const {
    const base::Atomic64& at = plane.index.bucket(bucket).slots[slot];
    const char* rule = nullptr;
    const auto wrong = [&] {
      const uint64_t word = at.load_acquire();
      rule = SlotWord::live(word) ? broken_rule(word) : nullptr;
      return rule != nullptr && at.load_acquire() == word;
    };
    const bool bad = wrong() && findings.stays_wrong(wrong);
    findings.expect(!bad, bad ? rule : "", "bucket {} slot {} holds {:#018x}", bucket, slot, at.load_acquire());
  }
};

/// With nobody at work: no two slots lead to bytes that overlap.
void check_apart(const policy::Plane& plane, Findings& findings) {
  struct Extent {
    uint32_t position, end;
    bool operator<(const Extent& other) const { return position < other.position; }
  };
  std::vector<Extent> extents;
  for_each_live(plane, 1, [&](uint32_t, uint32_t, uint64_t word) {
    ring::EntryAt entry;
    const uint32_t position = static_cast<uint32_t>(SlotWord::Position::get(word));
    if (plane.reader.parse(position, entry)) extents.push_back({position, position + entry.shape.total / 8});
  });
  std::sort(extents.begin(), extents.end());
  for (size_t i = 1; i < extents.size(); ++i)
    findings.expect(extents[i - 1].end <= extents[i].position, "records-overlap", "positions {} and {}",
                    extents[i - 1].position, extents[i].position);
}

}  // namespace

void audit_store(const Inspector::Impl& seen, uint32_t number, bool quiet, Findings& findings) {
  const policy::Plane& plane = seen.planes[number];
  const StoreAuditor auditor{plane, seen.header(number), findings};
  for_each_live(plane, 1, [&](uint32_t bucket, uint32_t slot, uint64_t) { auditor.check(bucket, slot); });
  if (quiet) check_apart(plane, findings);
}

}  // namespace larder::observe
