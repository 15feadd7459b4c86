// take.cc – see take.h.
#include "dump/take.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "os/plain_file.h"
#include "os/process.h"

namespace larder::dump {

namespace {

constexpr uint64_t kBetweenQuestions = 4096;  ///< records between two looks at `interrupted`

Result<std::vector<Region>> choose(const observe::Inspector& inspector, const std::vector<std::string>& names) {
  std::vector<Region> all, chosen;
  std::vector<std::string> known;
  for (observe::RegionName& region : observe::list_regions(inspector)) {
    known.push_back(region.name);
    all.push_back({region.store ? RegionKind::store : RegionKind::cache, std::move(region.name)});
  }
  for (const std::string& name : names)
    if (std::find(known.begin(), known.end(), name) == known.end())
      return base::with_hint(
          base::fail(Code::not_found, "segment {} has no cache or store '{}'", inspector.name(), name),
          fmt::format("it has {}", fmt::join(known, ", ")));
  for (Region& region : all)
    if (names.empty() || std::find(names.begin(), names.end(), region.name) != names.end())
      chosen.push_back(std::move(region));
  return chosen;
}

/// No time is longer than kMaxTtl, unless damage says so.
std::optional<int64_t> wall(int64_t ms_from_now) {
  if (ms_from_now < 0) return std::nullopt;
  return base::unix_ms() + std::min<int64_t>(ms_from_now, kMaxTtl.count());
}

Record record_of(const observe::EntryInfo& info, std::string_view value) {
  Record record;
  record.kind = RecordKind::entry;
  record.key = info.key;
  record.value = value;
  record.expires = wall(info.ttl_ms);
  if (info.idle_ms >= 0) {
    record.idle = info.idle_ms;
    record.deadline = wall(info.deadline_ms);
  }
  if (info.tag >= 0) record.tag = static_cast<uint32_t>(info.tag);
  record.hot = info.hot;
  record.references = static_cast<uint8_t>(info.references);
  return record;
}

Record record_of(const ScanItem& item) {
  Record record;
  record.kind = item.record.kind == larder::RecordKind::counter ? RecordKind::counter : RecordKind::value;
  record.key = item.key;
  record.value = item.record.value;
  record.number = item.record.number;
  if (item.record.ttl) record.expires = wall(item.record.ttl->count());
  return record;
}

void count(Taken& taken, const Record& record) {
  switch (record.kind) {
    case RecordKind::entry: ++taken.entries; break;
    case RecordKind::value: ++taken.values; break;
    case RecordKind::counter: ++taken.counters; break;
  }
  taken.payload_bytes += record.key.size() + record.value.size();
}

Status take_region(const observe::Inspector& inspector, const TakeOptions& options, uint32_t number, Taken& taken,
                   Writer& writer) {
  Status state = Done{};
  uint64_t seen = 0;
  const auto add = [&](const Record& record) {
    if (options.interrupted && ++seen % kBetweenQuestions == 0 && options.interrupted())
      state = base::fail(Code::busy, "the dump was interrupted");
    else
      state = writer.add(number, record);
    if (state) count(taken, record);
    return static_cast<bool>(state);
  };
  const Status listed = taken.region.kind == RegionKind::store
                            ? observe::list_records(inspector, taken.region.name, options.prefix,
                                                    [&](const ScanItem& item) { return add(record_of(item)); })
                            : observe::read_entries(inspector, taken.region.name, options.prefix,
                                                    [&](const observe::EntryInfo& info, std::string_view value) {
                                                      return add(record_of(info, value));
                                                    });
  return listed ? state : listed;
}

}  // namespace

Result<Receipt> take(const observe::Inspector& inspector, const TakeOptions& options, const Sink& sink) {
  Result<std::vector<Region>> regions = choose(inspector, options.names);
  if (!regions) return regions.error();
  Header header;
  os::random_bytes(&header.id, sizeof header.id);
  header.created_unix_ms = base::unix_ms();
  header.layout = observe::read_figures(inspector, {.census = false}).layout;
  header.segment = inspector.name();
  header.regions = *regions;
  Writer writer(header, sink);
  if (Status begun = writer.begin(); !begun) return begun.error();
  Receipt receipt;
  for (uint32_t number = 0; number < regions->size(); ++number) {
    receipt.regions.push_back({(*regions)[number]});
    if (Status taken = take_region(inspector, options, number, receipt.regions.back(), writer); !taken)
      return taken.error();
  }
  if (Status finished = writer.finish(); !finished) return finished.error();
  for (const uint64_t records : writer.totals().records) receipt.records += records;
  receipt.file_bytes = writer.bytes();
  return receipt;
}

Result<Receipt> take_to_file(const observe::Inspector& inspector, const TakeOptions& options, const std::string& path,
                             bool replace) {
  Result<os::NewFile> file = os::NewFile::create(path, replace ? os::Existing::replace : os::Existing::keep);
  if (!file) return file.error();
  Result<Receipt> receipt = take(inspector, options, [&](std::string_view bytes) { return file->write(bytes); });
  if (!receipt) return receipt;
  if (Status named = file->commit(); !named) return named.error();
  return receipt;
}

}  // namespace larder::dump
