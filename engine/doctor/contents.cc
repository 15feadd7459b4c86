// contents.cc – checks of what a segment holds: caches, stores, and the invariants of its memory.
#include <fmt/format.h>

#include <algorithm>

#include "doctor/patient.h"
#include "larder/segment.h"
#include "observe/inspector.h"

namespace larder::doctor {

namespace {

constexpr uint64_t kFewIndexEvictions = 100;  ///< below, an index that is too small is not worth a word
constexpr uint64_t kNearlyFull = 90;          ///< per cent of a store that records fill
constexpr uint64_t kFullOfHoles = 60;         ///< the same, where writes were refused and no page is free

CacheMode mode_of(Patient& patient, uint32_t number) {
  return static_cast<CacheMode>((*patient.segment()).impl().header(number).mode.load_relaxed());
}

void say_too_large(const Patient& patient, const CacheFigures& figures, bool store, Report& report) {
  report.warning(
      fmt::format("{} {} refused {} values that are too large for it", store ? "store" : "cache", figures.name,
                  figures[Counter::too_large]),
      store ? fmt::format("a page, here of {} bytes, holds every value whole, with its key", figures.page_bytes)
            : "a value may take three quarters of a cache's memory, less if the cache has few pages",
      fmt::format("{} {}, then: larder retire {}", store ? "give larger pages (at most 128kb) to" : "enlarge",
                  figures.name, patient.name()));
}

void check_cache(Patient& patient, uint32_t number, Report& report) {
  const CacheFigures& figures = patient.figures().caches[number];
  const CacheMode mode = mode_of(patient, number);
  if (figures[Counter::too_large] > 0) say_too_large(patient, figures, false, report);
  if (mode == CacheMode::off)
    return report.notice(fmt::format("cache {} is off: it keeps nothing", figures.name), "its mode says so",
                         fmt::format("mode = \"evict\" for {}, then SIGHUP to larderd", figures.name));
  if (figures[Counter::no_room] > 0 && mode == CacheMode::evict)
    report.warning(fmt::format("cache {} had no room for {} puts", figures.name, figures[Counter::no_room]),
                   "all its pages were held by stopped or very busy workers",
                   "see the workers: larder workers; make the cache larger if nobody is stopped");
  if (figures[Counter::no_room] > 0 && mode == CacheMode::refuse)
    report.notice(fmt::format("cache {} refused {} puts", figures.name, figures[Counter::no_room]),
                  "its mode is refuse: only what expires or is removed makes room",
                  "make it larger, or mode = \"evict\"");
  const uint64_t squeezed = figures[Counter::index_evictions];
  if (squeezed > kFewIndexEvictions && squeezed > figures[Counter::puts] / 100)
    report.warning(fmt::format("the index of cache {} is too small: {} of {} puts dropped an entry for it",
                               figures.name, squeezed, figures[Counter::puts]),
                   "entries are smaller than `expected` says",
                   fmt::format("lower expected of {}, then: larder retire {}", figures.name, patient.name()));
}

/// Bytes of all records, with their headers.
uint64_t record_bytes(const policy::Plane& plane) {
  uint64_t bytes = 0;
  observe::for_each_live(plane, 1, [&](uint32_t, uint32_t, uint64_t word) {
    ring::EntryAt entry;
    if (plane.reader.parse(static_cast<uint32_t>(index::SlotWord::Position::get(word)), entry))
      bytes += entry.shape.total;
  });
  return bytes;
}

/// The store's own words on what fills it, or none if it cannot be attached to.
std::string what_fills(const Patient& patient, const std::string& store) {
  const auto segment =
      Segment::attach(patient.name(), {.directory = patient.directory(), .kind = "tool", .read_only = true});
  if (!segment) return {};
  const auto opened = segment->store(store);
  return opened ? (*opened)->full_text() : std::string();
}

void check_store(Patient& patient, uint32_t number, Report& report) {
  const CacheFigures& figures = patient.figures().caches[number];
  const policy::Plane& plane = (*patient.segment()).impl().planes[number];
  const uint64_t refused = figures[Counter::no_room];
  const uint64_t full = record_bytes(plane) * 100 / std::max<uint64_t>(1, plane.usable_pages() * figures.page_bytes);
  const bool no_page = figures.pages_free <= plane.reserve;
  const std::string next =
      fmt::format("remove what is not needed (larder store purge), or make {} larger and: larder retire {}",
                  figures.name, patient.name());
  if (figures[Counter::too_large] > 0) say_too_large(patient, figures, true, report);
  if (refused > 0 && no_page && full >= kFullOfHoles)
    report.error(fmt::format("store {} is full ({} %) and refused {} writes", figures.name, full, refused),
                 what_fills(patient, figures.name), next);
  else if (full >= kNearlyFull)
    report.warning(fmt::format("store {} is nearly full ({} %)", figures.name, full), what_fills(patient, figures.name),
                   next);
  else if (refused > 0)
    report.notice(fmt::format("store {} has refused {} writes; now it is {} % full", figures.name, refused, full),
                  "it was full for a while", next);
}

/// Runs a check for every region of a kind.
void each_region(Patient& patient, bool stores, void (*check)(Patient&, uint32_t, Report&), Report& report) {
  const std::vector<observe::RegionName> regions = observe::list_regions(*patient.segment());
  uint32_t count = 0;
  for (uint32_t number = 0; number < regions.size(); ++number) {
    if (regions[number].store != stores) continue;
    ++count;
    check(patient, number, report);
  }
  if (!report.said_anything()) report.ok(fmt::format("{}", count));
}

}  // namespace

void check_caches(Patient& patient, Report& report) { each_region(patient, false, check_cache, report); }
void check_stores(Patient& patient, Report& report) { each_region(patient, true, check_store, report); }

void check_audit(Patient& patient, Report& report) {
  const observe::AuditReport audit = observe::audit(*patient.segment());
  if (audit.violation_count == 0) return report.ok(fmt::format("{} facts hold", audit.checks));
  const observe::Violation& first = audit.violations.front();
  report.error(
      fmt::format("{} of {} facts do not hold, first {}: {}: {}", audit.violation_count, audit.checks,
                  first.cache.empty() ? "segment" : first.cache, first.rule, first.detail),
      "a program with write access wrote over its memory, or Larder has a fault",
      fmt::format("larder audit {0} lists them; larder dump --segment {0} saves what is whole; larder retire {0}",
                  patient.name()));
}

}  // namespace larder::doctor
