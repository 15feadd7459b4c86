// view.cc – reading in place.
//
// What it is    the pinning read: announce the page (of a run: its head) in one of the thread's pins, look at the slot
//               again (both in the total order of hazards); if it did not change, no recycler can take the page until
//               the pin is cleared.
// Crash         a dead thread's pins are cleared by bury; a stopped one's keep at most kMaxPins pages.
#include "cache/region.h"

namespace larder {

using cache::Region;
using cache::Sought;
using index::Found;
using index::SlotWord;

namespace {

constexpr uint32_t kNoPin = View::kMaxPins;

uint32_t free_pin(const segment::ThreadLine* line) {
  if (line == nullptr) return kNoPin;
  uint32_t pin = 0;
  while (pin < View::kMaxPins && line->pins[pin].load_relaxed() != 0) ++pin;
  return pin;
}

View count_hit(const Region& region, segment::ThreadState& thread, const Sought& sought, const Found& found,
               View view) {
  const uint64_t word = found.slot->load_acquire(), refs = SlotWord::Refs::get(word);
  if (region.writable && SlotWord::identity(word) == SlotWord::identity(found.word) && SlotWord::live(word) &&
      refs < policy::SettingWord::Cap::get(region.plane.setting())) {
    uint64_t expected = word;
    found.slot->cas_relaxed(expected, SlotWord::Refs::set(word, refs + 1));
  }
  segment::Tally& tally = thread.tally(region.number);
  ++tally[Counter::hits];
  if (!view.pinned()) ++tally[Counter::copied_views];
  if (cache::is_sampled(region, sought.hash)) [[unlikely]]
    cache::sample(region, thread, segment::SampleKind::hit, sought.hash, sought.key.size() + view.bytes().size());
  region.done(thread);
  return view;
}

}  // namespace

void View::release() {
  if (thread_ != nullptr && thread_->member != 0) page::unpin(*thread_->line, pin_);  // 0 in a forked child
  bytes_ = {};
  copy_.reset();
  thread_ = nullptr;
  found_ = false;
}

View Cache::view(std::string_view key) const {
  const Region& region = *region_;
  segment::ThreadState* thread = cache::acceptable_key(key) ? region.member->thread() : nullptr;
  if (thread == nullptr) return {};
  Sought sought(region.plane, key);
  const uint32_t pin = free_pin(thread->line);
  for (;;) {
    const Found found = region.plane.index.find(sought.probe, sought.by_key(region.plane));
    if (!found) break;
    if (region.plane.reader.standing(sought.entry) != ring::Standing::live) {
      if (!cache::unchanged(found)) continue;
      cache::drop_dead(region, *thread, sought, found);
      break;
    }
    if (region.writable && ring::is_idle(sought.entry.header) && !cache::slide(region, *thread, sought, found))
      continue;
    const ring::RunRef run = region.plane.reader.run_of(sought.entry);
    ring::ValueAt value;
    if (!region.plane.reader.value_of(sought.entry, value)) {
      if (!cache::unchanged(found)) continue;
      break;
    }
    const size_t size = value.size;
    if (pin == kNoPin) {
      if (!cache::unchanged(found)) continue;  // before there is room for so much
      auto copy = std::make_unique_for_overwrite<std::byte[]>(size);
      base::copy_out(copy.get(), value.bytes, size);
      if (!cache::unchanged(found)) continue;
      return count_hit(region, *thread, sought, found, View(std::move(copy), size));
    }
    const uint32_t page = run.bytes != 0 ? run.head : region.plane.rings.table().page_of(found.position());
    page::announce_pin(*thread->line, pin, region.number, page);
    if (index::still_holds(*found.slot, found.word))
      return count_hit(region, *thread, sought, found, View({value.bytes, size}, thread, pin));
    page::unpin(*thread->line, pin);
  }
  ++thread->tally(region.number)[Counter::misses];
  if (cache::is_sampled(region, sought.hash)) [[unlikely]]
    cache::sample(region, *thread, segment::SampleKind::miss, sought.hash, 0);
  region.done(*thread);
  return {};
}

}  // namespace larder
