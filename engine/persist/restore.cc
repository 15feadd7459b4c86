// restore.cc – see restore.h.
#include "persist/restore.h"

#include <cstring>

#include "base/clock.h"
#include "base/error.h"
#include "persist/collect.h"

namespace larder::persist {

using store::Region;

namespace {

constexpr size_t kRowsAStep = 4096;

std::string_view name_of(const Region& region) { return region.member->tables().directory[region.number].name; }

Error does_not_fit(const Region& region, const Row& row) {
  return base::with_hint(
      base::fail(Code::no_space,
                 "store {}: not all records on disk fit: no room for one with {} bytes of key and value",
                 name_of(region), row.key.size() + row.value.size()),
      "make the store larger (store.<id>.size): it must hold everything that is on disk");
}

bool is_expired(const Row& row) { return row.expiry != 0 && row.expiry <= static_cast<uint64_t>(base::unix_ms()); }

}  // namespace

Identity identity_of(const Region& region) {
  Identity identity;
  std::memcpy(identity.data(), region.member->tables().super->uuid, identity.size());
  return identity;
}

Result<bool> add_to_store(const Region& region, segment::ThreadState& thread, const Row& row) {
  if (is_expired(row)) return false;
  const page::PageTable& table = region.plane.rings.table();
  if (store::kRecordStart + store::record_bytes(row.key.size(), row.value.size()) > table.page_bytes())
    return does_not_fit(region, row);
  store::Draft draft;
  draft.kind = row.kind == RecordKind::counter ? store::Kind::counter : store::Kind::value;
  draft.value = row.value;
  draft.number = static_cast<uint64_t>(row.number);
  draft.expiry = from_wall(region, row.expiry);
  draft.on_disk = true;
  const store::Step step = store::Operation(region, thread, row.key).create(draft, true, nullptr);
  if (step == store::Step::full) return does_not_fit(region, row);
  return step == store::Step::done;
}

Status restore(const Region& region, Disk& disk, const Say& say) {
  segment::ThreadState* thread = region.member->thread();
  if (thread == nullptr) return base::fail(Code::no_slot, "{}", region.member->last_error());
  uint64_t restored = 0, expired = 0, foreign = 0;
  std::string last;
  for (;;) {
    const Result<std::vector<Row>> rows = disk.scan(last, kRowsAStep);
    if (!rows) return rows.error();
    if (rows->empty()) break;
    last = rows->back().key;
    for (const Row& row : *rows) {
      if (!region.header->store.durable.has(row.key)) {
        ++foreign;
        continue;
      }
      const Result<bool> added = add_to_store(region, *thread, row);
      if (!added) return added.error();
      ++(*added ? restored : expired);
    }
  }
  region.member->flush(*thread, region.number);
  say(fmt::format("store {}: restored {} records from {}", name_of(region), restored, disk.path()));
  if (expired > 0) say(fmt::format("store {}: {} more had expired", name_of(region), expired));
  if (foreign > 0)
    say(fmt::format("store {}: {} rows stay on disk and were not restored: their prefixes are not durable now",
                    name_of(region), foreign));
  // Without it the next larderd merges instead of comparing: no reason to fail now.
  if (Status owned = disk.set_segment(identity_of(region)); !owned) {
    if (owned.error().code == Code::corrupt) return owned;
    say(owned.error().message);
  }
  return Done{};
}

}  // namespace larder::persist
