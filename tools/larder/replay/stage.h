// stage.h – the cache that a trace is replayed against: one of a live segment, or a private segment's only one.
//
// What it is    Stage::build sizes and makes (or finds and clears) the cache; its destruction removes what it made.
// Invariants    a private segment has the name of this process and is retired and removed at the end, also after an
//               error or Ctrl-C.
// Concurrency   one thread; the workers attach by name.
// Crash         if this process is killed, its private segment stays: larder remove NAME.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "larder/segment.h"
#include "observe/observe.h"
#include "program.h"
#include "replay/replay_options.h"
#include "replay/trace.h"

namespace larder::tools {

/// Sizes of the records of a trace that fit a page, key and value bytes.
struct RecordSizes {
  double mean = 1;
  double mean_square = 1;
  bool equal = true;
};
RecordSizes sizes_of(const TraceSurvey& survey, uint32_t record_bytes);

/// Page memory that holds `payload` key and value bytes of such records: what an entry takes beyond its key and value,
/// what is lost at the ends of pages, and the pages that are half-filled, free or being emptied, are added.
/// `page_bytes` 0 = as the engine chooses.
uint64_t page_memory_for(uint64_t payload, const RecordSizes& sizes, uint64_t page_bytes);

class Stage {
 public:
  static Result<Stage> build(const Program& program, const ReplayOptions& options, const std::string& file);
  Stage(Stage&& other) noexcept;
  Stage& operator=(Stage&&) = delete;
  ~Stage();

  const TraceSurvey& survey() const { return survey_; }
  const std::string& segment() const { return segment_; }
  const std::string& cache() const { return cache_; }
  /// Bytes of every record; 0 = as recorded.
  uint32_t record_bytes() const { return record_bytes_; }
  uint64_t working_set() const;                ///< key and value bytes of all distinct keys
  uint64_t target() const { return target_; }  ///< key and value bytes wanted; 0 in a live segment
  bool is_private() const { return private_.has_value(); }
  /// Figures of the cache now.
  Result<CacheFigures> figures() const;

 private:
  Stage() = default;
  Status build_private(const Program& program, const ReplayOptions& options);
  Status find_live(const Program& program, const ReplayOptions& options);
  Status watch();

  TraceSurvey survey_;
  std::string segment_, cache_, directory_;
  uint32_t record_bytes_ = 0;
  uint64_t target_ = 0;
  std::optional<Segment> private_;
  std::optional<observe::Inspector> inspector_;
};

}  // namespace larder::tools
