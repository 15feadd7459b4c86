// audit_index.cc – the audit's rules for slots, headers and entries; see audit.cc.
#include <vector>

#include "observe/audit_report.h"

namespace larder::observe {

using index::HeaderWord;
using index::SlotWord;
using page::PageWord;
using page::State;

namespace {

struct Auditor {
  const policy::Plane& plane;
  Findings& findings;
  bool store;                  ///< its records keep their times elsewhere: audit_store.cc
  std::vector<uint32_t> away;  ///< live entries in alternates, by home

  std::string key_of(const ring::EntryAt& entry) const {
    std::string key(entry.shape.key_size, 0);
    base::copy_out(key.data(), entry.key(), key.size());
    return key;
  }

  /// The first rule a live slot breaks, or null.
  const char* broken_rule(uint32_t bucket, uint64_t word) const {
    ring::EntryAt entry;
    const uint32_t position = static_cast<uint32_t>(SlotWord::Position::get(word));
    if (!plane.reader.parse(position, entry)) return "slot-position";
    const uint32_t page = plane.rings.table().page_of(position);
    const State state = PageWord::state(plane.rings.table().record(page).word.load_acquire());
    if (state != State::ring && state != State::emptying) return "slot-page-state";
    const index::Probe probe = plane.index.probe(plane.hash(key_of(entry)));
    const uint32_t which = static_cast<uint32_t>(SlotWord::Which::get(word));
    if (probe.tag != SlotWord::Tag::get(word)) return "slot-tag";
    if (which >= index::kChoices || plane.index.choice(probe.home, probe.tag, which) != bucket) return "slot-bucket";
    if (store) return nullptr;
    const uint64_t expiry = ring::expiry_of(entry.words, entry.header);
    const page::PageRecord& record = plane.rings.table().record(page);
    if (plane.rings.table().offset_of(position) + entry.shape.total > record.tail.load_acquire())
      return "entry-beyond-tail";
    const uint64_t earliest = record.earliest.load_acquire();
    if (expiry != 0 && state == State::ring && (earliest == 0 || earliest > expiry)) return "page-earliest";
    return nullptr;
  }

  void check_live(uint32_t bucket, uint32_t slot) {
    const base::Atomic64& cell = plane.index.bucket(bucket).slots[slot];
    const char* rule = nullptr;
    const auto wrong = [&] {
      const uint64_t word = cell.load_acquire();
      rule = SlotWord::live(word) ? broken_rule(bucket, word) : nullptr;
      return rule != nullptr && cell.load_acquire() == word;
    };
    const bool bad = wrong() && findings.stays_wrong(wrong);
    findings.expect(!bad, bad ? rule : "", "bucket {} slot {} holds {:#018x}", bucket, slot, cell.load_acquire());
  }

  /// I1: no other slot of the key's buckets holds the same key.
  void check_once(uint32_t bucket, uint32_t slot) {
    const base::Atomic64& cell = plane.index.bucket(bucket).slots[slot];
    const auto twice = [&] {
      const uint64_t word = cell.load_acquire();
      ring::EntryAt entry;
      if (!SlotWord::live(word) || !plane.reader.parse(static_cast<uint32_t>(SlotWord::Position::get(word)), entry))
        return false;
      const std::string key = key_of(entry);
      const uint32_t home = plane.index.home_of(bucket, word), tag = static_cast<uint32_t>(SlotWord::Tag::get(word));
      uint32_t met = 0;
      for (uint32_t which = 0; which < index::kChoices; ++which)
        for (const base::Atomic64& other : plane.index.bucket(plane.index.choice(home, tag, which)).slots) {
          const uint64_t held = other.load_acquire();
          ring::EntryAt rival;
          met += SlotWord::live(held) && SlotWord::Tag::get(held) == tag && SlotWord::Which::get(held) == which &&
                         plane.reader.parse(static_cast<uint32_t>(SlotWord::Position::get(held)), rival) &&
                         rival.has_key(key)
                     ? 1
                     : 0;
        }
      return met > 1 && cell.load_acquire() == word;
    };
    findings.expect(!twice() || !findings.stays_wrong(twice), "key-twice",
                    "the key of bucket {} slot {} is live elsewhere too", bucket, slot);
  }

  void check_header(uint32_t bucket, bool quiet) {
    const uint64_t header = plane.index.bucket(bucket).header.load_acquire();
    const uint64_t spill = HeaderWord::Spill::get(header);
    if (HeaderWord::Op::get(header) != 0) findings.in_flight();
    findings.expect(!quiet || HeaderWord::Op::get(header) == 0, "insert-left", "bucket {}: an insert was left half-way",
                    bucket);
    findings.expect(HeaderWord::Op::get(header) <= uint64_t{index::kChoices} * index::kSlots, "header-op",
                    "bucket {}: op {}", bucket, HeaderWord::Op::get(header));
    // The census of alternates took a while: only a quiet index can be held to it.
    findings.expect(!quiet || spill == HeaderWord::Spill::kMax || spill >= away[bucket], "spill-low",
                    "bucket {}: spill {} with {} entries away", bucket, spill, away[bucket]);
  }
};

}  // namespace

void audit_index(const Inspector::Impl& seen, uint32_t number, bool quiet, Findings& findings) {
  const policy::Plane& plane = seen.planes[number];
  Auditor auditor{plane, findings, seen.is_store(number), std::vector<uint32_t>(plane.index.bucket_count(), 0)};
  for (uint32_t bucket = 0; bucket < plane.index.bucket_count(); ++bucket)
    for (uint32_t slot = 0; slot < index::kSlots; ++slot) {
      const uint64_t word = plane.index.bucket(bucket).slots[slot].load_acquire();
      if (SlotWord::pending(word)) {
        findings.in_flight();
        findings.expect(!quiet, "claim-left", "bucket {} slot {}: a claim was left pending", bucket, slot);
      }
      if (!SlotWord::live(word)) continue;
      auditor.check_live(bucket, slot);
      auditor.check_once(bucket, slot);
      const uint32_t home = plane.index.home_of(bucket, word);
      if (SlotWord::Which::get(word) != 0 && home < auditor.away.size()) ++auditor.away[home];
    }
  for (uint32_t bucket = 0; bucket < plane.index.bucket_count(); ++bucket) auditor.check_header(bucket, quiet);
}

}  // namespace larder::observe
