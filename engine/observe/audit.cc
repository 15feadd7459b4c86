// audit.cc – every invariant of a segment, checked; docs/design/audit.md explains each rule.
#include "observe/audit_report.h"

namespace larder::observe {

namespace {

bool nobody_attached(const segment::Tables& tables) {
  for (const segment::WorkerSlot& worker : tables.workers)
    if (segment::WorkerWord::Active::get(worker.word.load_acquire()) != 0) return false;
  return true;
}

void audit_roster(const Inspector::Impl& seen, Findings& findings) {
  const segment::Tables& tables = seen.tables();
  findings.expect(tables.super->lines_used.load_acquire() <= tables.lines.size(), "lines-used", "{} lines of {}",
                  tables.super->lines_used.load_acquire(), tables.lines.size());
  for (size_t i = 0; i < tables.lines.size(); ++i) {
    const segment::ThreadLine& line = tables.lines[i];
    const auto wrong = [&] {
      const uint64_t owner = line.owner.load_acquire();
      if (owner == 0) return false;
      const uint64_t slot = segment::OwnerWord::Slot::get(owner);
      if (slot == 0 || slot > tables.workers.size()) return true;
      const uint64_t word = tables.workers[slot - 1].word.load_acquire();
      return segment::WorkerWord::Active::get(word) == 0 ||
             segment::WorkerWord::Incarnation::get(word) != segment::OwnerWord::Incarnation::get(owner);
    };
    findings.expect(!wrong() || !findings.stays_wrong(wrong), "line-owner",
                    "line {} belongs to {:#x}, who is not there", i, line.owner.load_acquire());
  }
}

}  // namespace

AuditReport audit(const Inspector& inspector) {
  const Inspector::Impl& seen = inspector.impl();
  AuditReport report;
  Findings findings(report);
  report.quiet = nobody_attached(seen.tables());
  findings.expect(segment::superblock_checksum(*seen.tables().super) == seen.tables().super->checksum,
                  "superblock-checksum", "the constant part of the superblock changed");
  audit_roster(seen, findings);
  for (uint32_t number = 0; number < seen.planes.size(); ++number) {
    findings.enter(seen.cache_name(number));
    audit_pages(seen, number, findings);
    audit_budget(seen, number, findings);
    audit_runs(seen, number, findings);
    audit_index(seen, number, report.quiet, findings);
    if (seen.is_store(number)) audit_store(seen, number, report.quiet, findings);
    audit_walk(seen, number, findings);
  }
  return report;
}

}  // namespace larder::observe
