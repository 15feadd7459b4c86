// roster.cc – see roster.h.
#include "segment/roster.h"

#include <algorithm>
#include <cstring>

#include "base/clock.h"
#include "base/error.h"
#include "os/file_lock.h"
#include "os/process.h"

namespace larder::segment {

namespace {

uint64_t owner_of(uint32_t slot, uint64_t worker_word) {
  return OwnerWord::Slot::make(slot + 1u) | OwnerWord::Incarnation::make(WorkerWord::Incarnation::get(worker_word));
}

bool is_active(uint64_t word) { return WorkerWord::Active::get(word) != 0; }

/// The caller holds the slot's lock. Leaves the slot inactive with an incarnation never used before.
void bury(const Tables& tables, uint32_t slot, const Undertaker& undertaker) {
  WorkerSlot& worker = tables.workers[slot];
  const uint64_t word = worker.word.load_acquire();
  const uint64_t owner = owner_of(slot, word);
  undertaker(owner);
  for (ThreadLine& line : tables.lines_in_use())
    if (line.owner.load_acquire() == owner) release_line(line);
  tables.super->buried.add_acq_rel(1);  // before the slot is free: who dies in between is counted twice, not missed
  worker.word.store_release(WorkerWord::Incarnation::bump(WorkerWord::Active::set(word, 0)));
}

void describe(WorkerSlot& worker, std::string_view kind, uint64_t operations_before) {
  const os::ProcessIdentity me = os::this_process();
  worker.pid = me.pid;
  worker.start_ticks = me.start_ticks;
  worker.pid_namespace = me.pid_namespace;
  worker.attached_unix_ms = base::unix_ms();
  worker.operations_before = operations_before;
  std::memset(worker.kind, 0, sizeof worker.kind);
  std::memcpy(worker.kind, kind.data(), std::min(kind.size(), sizeof worker.kind - 1));
}

}  // namespace

std::span<ThreadLine> Tables::lines_in_use() const {
  return lines.first(std::min<uint64_t>(super->lines_used.load_acquire(), lines.size()));
}

uint64_t Tables::operations_of(uint32_t worker) const {
  uint64_t sum = 0;
  for (uint32_t cache = 0; cache < directory.size(); ++cache) {
    const base::Atomic64* row = counter_row(worker, cache);
    for (const Counter counter : {Counter::hits, Counter::misses, Counter::puts, Counter::removes, Counter::touches})
      sum += row[static_cast<size_t>(counter)].load_relaxed();
  }
  return sum;
}

Result<Place> take_place(const Tables& tables, const os::ShmFile& locks, std::string_view kind,
                         const Undertaker& undertaker) {
  for (uint32_t slot = 0; slot < tables.workers.size(); ++slot) {
    Result<bool> locked = os::try_lock_byte(locks.descriptor(), kWorkerLock + slot);
    if (!locked) return locked.error();
    if (!*locked) continue;
    WorkerSlot& worker = tables.workers[slot];
    if (is_active(worker.word.load_acquire())) bury(tables, slot, undertaker);
    describe(worker, kind, tables.operations_of(slot));
    const uint64_t word = WorkerWord::Incarnation::bump(worker.word.load_acquire());
    worker.word.store_release(WorkerWord::Active::set(word, 1));
    return Place{slot, owner_of(slot, word)};
  }
  return base::with_hint(
      base::fail(Code::no_slot, "all {} worker slots of the segment are taken", tables.workers.size()),
      "raise `workers` in the [segment] section and create the segment anew");
}

void leave_place(const Tables& tables, const os::ShmFile& locks, const Place& place) {
  for (ThreadLine& line : tables.lines_in_use())
    if (line.owner.load_acquire() == place.owner) release_line(line);
  WorkerSlot& worker = tables.workers[place.slot];
  worker.word.store_release(WorkerWord::Active::set(worker.word.load_acquire(), 0));
  os::unlock_byte(locks.descriptor(), kWorkerLock + place.slot);
}

uint32_t bury_dead(const Tables& tables, const os::ShmFile& locks, uint32_t self, const Undertaker& undertaker) {
  uint32_t buried = 0;
  for (uint32_t slot = 0; slot < tables.workers.size(); ++slot) {
    if (slot == self || !is_active(tables.workers[slot].word.load_acquire())) continue;
    const Result<bool> locked = os::try_lock_byte(locks.descriptor(), kWorkerLock + slot);
    if (!locked || !*locked) continue;
    if (is_active(tables.workers[slot].word.load_acquire())) {
      bury(tables, slot, undertaker);
      ++buried;
    }
    os::unlock_byte(locks.descriptor(), kWorkerLock + slot);
  }
  return buried;
}

bool is_alive(const Tables& tables, const os::ShmFile& file, uint64_t owner) {
  const uint64_t number = OwnerWord::Slot::get(owner);
  if (number == 0 || number > tables.workers.size()) return false;
  const auto slot = static_cast<uint32_t>(number - 1);
  const uint64_t word = tables.workers[slot].word.load_acquire();
  if (!is_active(word) || owner_of(slot, word) != owner) return false;
  const Result<os::LockHolder> holder = os::lock_holder(file.descriptor(), kWorkerLock + slot);
  return !holder || holder->held;
}

ThreadLine* claim_line(const Tables& tables, uint64_t owner) {
  for (uint64_t i = 0; i < tables.lines.size(); ++i) {
    ThreadLine& line = tables.lines[i];
    if (line.owner.load_acquire() != 0) continue;
    for (uint64_t used = tables.super->lines_used.load_acquire(); used < i + 1;)
      if (tables.super->lines_used.cas_sync(used, i + 1)) break;
    uint64_t nobody = 0;
    if (line.owner.cas_sync(nobody, owner)) return &line;
  }
  return nullptr;
}

void release_line(ThreadLine& line) {
  line.claim_at.store_release(0);
  line.claim_word.store_release(0);
  line.work.store_release(0);
  for (base::Atomic64& pin : line.pins) pin.store_release(0);
  line.owner.store_release(0);
}

}  // namespace larder::segment
