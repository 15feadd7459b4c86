// audit_runs.cc – the audit's rules for runs of pages and the entries that refer to them; see audit.cc.
#include <map>

#include "observe/audit_report.h"

namespace larder::observe {

using index::SlotWord;
using page::State;

namespace {

struct RunAuditor {
  const policy::Plane& plane;
  Findings& findings;
  ring::Runs runs{plane.rings};
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> entries{};  ///< by head and generation

  static std::string key_of(const ring::EntryAt& entry) {
    std::string key(entry.shape.key_size, 0);
    base::copy_out(key.data(), entry.key(), key.size());
    return key;
  }

  /// True if the head's run, or what is left of it, covers this page of a tail.
  bool covered(uint32_t page) const {
    const uint64_t head = runs.head_of(page);
    if (head >= page) return false;
    const State state = runs.head(static_cast<uint32_t>(head)).state;
    const bool there = state == State::run || state == State::building || state == State::freeing;
    return there && page - head < runs.pages_of(static_cast<uint32_t>(head));
  }

  void check_tail(uint32_t page) {
    const auto lost = [&] { return runs.head(page).state == State::tail && !covered(page); };
    findings.expect(!lost() || !findings.stays_wrong(lost), "run-tail",
                    "page {} belongs to the run at {}, which has no such page", page, runs.head_of(page));
  }

  void check_head(uint32_t head) {
    const auto wrong = [&] {
      const ring::HeadWord before = runs.head(head);
      if (before.state != State::run) return false;
      const uint32_t pages = runs.pages_of(head);
      bool torn = plane.rings.table().record(head).runs.load_acquire() != pages;
      for (uint32_t page = head + 1; page < head + pages; ++page)
        torn |= runs.head(page).state != State::tail || runs.head_of(page) != head;
      const ring::HeadWord after = runs.head(head);
      return torn && after.state == State::run && after.generation == before.generation;
    };
    findings.expect(!wrong() || !findings.stays_wrong(wrong), "run-pages", "the run at page {} is not of one piece",
                    head);
  }

  /// A live entry refers to a run that is there and long enough, and no other does.
  void check_entry(uint32_t bucket, uint32_t slot) {
    const base::Atomic64& cell = plane.index.bucket(bucket).slots[slot];
    ring::RunRef run{};
    const auto wrong = [&] {
      const uint64_t word = cell.load_acquire();
      ring::EntryAt entry;
      if (!SlotWord::live(word) || !plane.reader.parse(static_cast<uint32_t>(SlotWord::Position::get(word)), entry) ||
          !ring::holds_run(entry.header))
        return false;
      run = plane.reader.run_of(entry);
      ring::ValueAt value;
      bool sound = plane.reader.resolve(run, value);
      if (sound) {
        const ring::HeadWord head = runs.head(run.head);
        sound = (head.state == State::run || head.state == State::building) && head.generation == run.generation &&
                runs.pages_of(run.head) == plane.reader.pages_for(run.bytes) &&
                runs.hash_of(run.head) == plane.hash(key_of(entry));
      }
      return !sound && cell.load_acquire() == word;
    };
    const bool bad = wrong() && findings.stays_wrong(wrong);
    findings.expect(!bad, "slot-run", "bucket {} slot {} refers to {} bytes at page {}, generation {}", bucket, slot,
                    run.bytes, run.head, run.generation);
    if (run.bytes != 0) ++entries[{run.head, run.generation}];
  }
};

}  // namespace

void audit_runs(const Inspector::Impl& seen, uint32_t number, Findings& findings) {
  const policy::Plane& plane = seen.planes[number];
  if (seen.header(number).shape.kind != cache::RegionKind::cache) return;
  RunAuditor auditor{plane, findings};
  for (uint32_t page = 0; page < plane.rings.table().count(); ++page) {
    const State state = auditor.runs.head(page).state;
    if (state == State::tail) auditor.check_tail(page);
    if (state == State::run) auditor.check_head(page);
  }
  for_each_live(plane, 1, [&](uint32_t bucket, uint32_t slot, uint64_t) { auditor.check_entry(bucket, slot); });
  for (const auto& [run, met] : auditor.entries)
    findings.expect(met == 1, "run-twice", "{} entries refer to the run at page {}", met, run.first);
}

}  // namespace larder::observe
