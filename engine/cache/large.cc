// large.cc – see large.h.
#include "cache/large.h"

#include <algorithm>

#include "policy/gather.h"

namespace larder::cache {

using index::Presence;

uint64_t longest_run(const Region& region) {
  const uint64_t pages = region.plane.rings.limit(), page_bytes = region.plane.rings.table().page_bytes();
  const uint64_t kept = uint64_t{region.plane.reserve} + 1;  // the hands' pages, and one for the entry
  if (pages <= kept) return 0;
  return std::min<uint64_t>({pages * page_bytes / 4 * 3, (pages - kept) * page_bytes, kMaxValueBytes});
}

bool fits_run(const Region& region, size_t key_bytes, uint64_t value_bytes, const ring::EntryTerms& terms) {
  ring::EntryTerms referring = terms;
  referring.run = true;
  return value_bytes != 0 && value_bytes <= longest_run(region) &&
         fits_page(region, key_bytes, sizeof(ring::RunRef), referring);
}

PutResult store_large(const Region& region, segment::ThreadState& thread, Sought& sought, std::string_view value,
                      const ring::EntryTerms& terms, Presence presence) {
  if (!fits_run(region, sought.key.size(), value.size(), terms))
    return refuse_too_large(region, thread, sought, presence);
  const index::Found present = region.plane.index.find(sought.probe, sought.by_standing(region.plane));
  const bool live = present && present.match == index::Match::live;
  if (presence == (live ? Presence::only_absent : Presence::only_present)) {
    region.done(thread);
    return live ? PutResult::exists : PutResult::absent;
  }
  const std::optional<ring::Run> run = gather_run(region, thread, sought, value.size(), presence);
  if (!run) {
    ++thread.tally(region.number)[Counter::no_room];
    region.done(thread);
    return PutResult::no_room;
  }
  base::copy_in(region.plane.rings.table().page_at(run->head), value.data(), value.size());
  return store_run(region, thread, sought, *run, value.size(), terms, presence);
}

std::optional<ring::Run> gather_run(const Region& region, segment::ThreadState& thread, Sought& sought, uint64_t bytes,
                                    Presence presence) {
  const policy::Plane& plane = region.plane;
  const uint32_t pages = plane.reader.pages_for(bytes);
  const index::Found present = plane.index.find(sought.probe, sought.by_standing(plane));
  const uint64_t older = present ? plane.reader.pages_for(sought.run.bytes) : 0;
  if (older != 0 && older + pages + plane.reserve + 1 > plane.rings.limit() && presence == Presence::any &&
      plane.index.remove(sought.probe, sought.by_standing(plane)))
    region.release(thread, sought.run);
  policy::Hand hand = region.hand(thread);
  policy::Gatherer gatherer(plane, hand, thread.tally(region.number), owner_of(thread));
  const policy::Mercy mercy = region.mode() == CacheMode::refuse ? policy::Mercy::all : policy::Mercy::policy;
  if (const std::optional<ring::Run> run = gatherer.gather(pages, mercy)) return run;
  if (region.member->bury_dead() == 0) return std::nullopt;  // perhaps the dead held what was missing
  return gatherer.gather(pages, mercy);
}

PutResult store_run(const Region& region, segment::ThreadState& thread, Sought& sought, const ring::Run& run,
                    uint64_t bytes, const ring::EntryTerms& terms, Presence presence) {
  const ring::RunRef reference{run.head, run.generation, bytes};
  ring::EntryTerms referring = terms;
  referring.run = true;
  const ring::Runs runs(region.plane.rings);
  runs.begin(run, sought.hash, owner_of(thread));
  const std::string_view value(reinterpret_cast<const char*>(&reference), sizeof reference);
  const PutResult result =
      store_draft(region, thread, sought, {.value = value, .terms = referring, .run = &run, .bytes = bytes}, presence);
  if (result != PutResult::stored) runs.abandon(run, owner_of(thread));
  region.done(thread);
  return result;
}

void drop_gathered(const Region& region, uint32_t owner, const ring::Run& run) {
  const page::PageTable& table = region.plane.rings.table();
  for (uint32_t page = run.head; page < run.head + run.pages; ++page) {
    const uint64_t word = table.record(page).word.load_acquire();
    region.plane.rings.give_back({page, page::PageWord::generation(word)}, owner);
  }
}

}  // namespace larder::cache
