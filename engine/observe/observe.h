// observe.h – figures, listings and the audit of a segment, read-only.
//
// What it is    the only door through which tools look into a segment. Inspector maps the file PROT_READ and takes no
//               worker slot, so it cannot change one byte and works while everybody else is frozen or dead.
// Invariants    nothing read from the segment is trusted: every offset, length and id is bounds-checked.
// Concurrency   may run beside any number of workers; figures are a snapshot of a moving thing.
// Crash         reading changes nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "larder/result.h"
#include "larder/stats.h"
#include "larder/store.h"

namespace larder::observe {

class Inspector {
 public:
  /// Maps the segment read-only. Accepts retired segments too. Also takes a path (anything with a '/').
  static Result<Inspector> open(std::string_view name_or_path, std::string_view directory = {});
  ~Inspector();
  Inspector(Inspector&&) noexcept;
  Inspector& operator=(Inspector&&) noexcept;
  struct Impl;
  const Impl& impl() const { return *impl_; }
  std::string_view name() const;
  explicit Inspector(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

/// Which figures cost a scan of the index (entries, payload) and may be left out.
struct FigureOptions {
  bool census = true;
};
SegmentFigures read_figures(const Inspector& inspector, const FigureOptions& options = {});

/// One entry met by list().
struct EntryInfo {
  std::string key;
  uint32_t value_bytes = 0;
  bool hot = false;
  uint32_t references = 0;
  int64_t ttl_ms = -1;       ///< remaining; -1 = no expiry
  int64_t idle_ms = -1;      ///< sliding period; -1 = none
  int64_t deadline_ms = -1;  ///< of sliding entries: no use extends the life beyond this, from now; -1 = none
  int64_t tag = -1;          ///< -1 = none
  uint32_t page = 0;
};
/// Calls `visit` for live, unexpired entries whose key starts with `prefix`, until it returns false. An entry that
/// moves during the scan may be missed or met twice.
Status list_entries(const Inspector& inspector, std::string_view cache, std::string_view prefix,
                    const std::function<bool(const EntryInfo&)>& visit);
/// The same with values. An entry that is changed or moved while it is copied is copied again.
Status read_entries(const Inspector& inspector, std::string_view cache, std::string_view prefix,
                    const std::function<bool(const EntryInfo&, std::string_view value)>& visit);
/// One entry with its value (reading does not count as a reference). Code::not_found if absent.
Result<std::string> peek(const Inspector& inspector, std::string_view cache, std::string_view key,
                         EntryInfo* info = nullptr);

/// The caches and stores of a segment, in its order.
struct RegionName {
  std::string name;
  bool store = false;
};
std::vector<RegionName> list_regions(const Inspector& inspector);

/// Calls `visit` for every live record of a store whose key starts with `prefix`, until it returns false. A record that
/// is there during the whole pass is met once, whoever moves or changes it; one that is removed and made anew meanwhile
/// may be met twice. Code::not_found if there is no such store.
Status list_records(const Inspector& inspector, std::string_view store, std::string_view prefix,
                    const std::function<bool(const ScanItem&)>& visit);

/// One violated invariant.
struct Violation {
  std::string cache;   ///< empty = segment
  std::string rule;    ///< short name, e.g. "slot-page-state"; docs/design/audit.md explains each
  std::string detail;  ///< numbers
};
struct AuditReport {
  std::vector<Violation> violations;  ///< at most 1000
  uint64_t violation_count = 0;
  uint64_t checks = 0;     ///< facts checked
  uint64_t in_flight = 0;  ///< operations met half-way (normal on a live segment, 0 after bury on a dead one)
  bool quiet = false;      ///< true if nobody was attached: then in-flight states are violations too
};
/// Checks every invariant. On a live segment a fact that fails is looked at again until it holds or is stable.
AuditReport audit(const Inspector& inspector);

}  // namespace larder::observe
