// stage.cc – sizes, makes and removes the cache of a replay.
#include "replay/stage.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/exit.h"
#include "config/units.h"

namespace larder::tools {

namespace {

constexpr const char* kCacheName = "replay";
constexpr double kHeader = 4, kMeanPadding = 3.5;  ///< of an entry without terms; entries begin at multiples of 8
constexpr double kOtherPages = 4;  ///< free for the hands, half-filled at the rings' ends, being emptied

/// The page size that the engine will probably choose: about 2048 pages a cache, of at least eight entries. An error
/// here changes only how much is held, which is reported.
double likely_page(double memory, double mean) {
  const double by_count = std::exp2(std::floor(std::log2(std::max(memory / 2048, 1.0))));
  const double by_entry = std::exp2(std::ceil(std::log2(mean * 8)));
  return std::clamp(std::max(by_count, by_entry), 1024.0, 65536.0);
}

}  // namespace

RecordSizes sizes_of(const TraceSurvey& survey, uint32_t record_bytes) {
  if (record_bytes > 0) return {double(record_bytes), double(record_bytes) * record_bytes, true};
  if (survey.fitting == 0) return {};
  const double count = double(survey.fitting);
  return {survey.fitting_bytes / count, survey.fitting_squares / count, false};
}

uint64_t page_memory_for(uint64_t payload, const RecordSizes& sizes, uint64_t page_bytes) {
  const double stored = sizes.equal ? std::ceil((sizes.mean + kHeader) / 8) * 8 : sizes.mean + kHeader + kMeanPadding;
  const double memory = double(payload) * stored / sizes.mean;
  const double page = page_bytes > 0 ? double(page_bytes) : likely_page(memory, sizes.mean);
  // An entry does not cross pages. Equal ones leave the remainder; of unequal ones, large ones meet the end of a page
  // more often, and leave half of what such a one takes.
  const double left = sizes.equal ? std::fmod(page, stored) : sizes.mean_square / sizes.mean / 2;
  const double pages = memory / (page - std::min(left, page / 2)) + kOtherPages;
  return std::clamp(uint64_t(std::ceil(pages) * page), kMinCacheBytes, kMaxCacheBytes);
}

uint64_t Stage::working_set() const { return record_bytes_ > 0 ? survey_.keys * record_bytes_ : survey_.key_bytes; }

Result<Stage> Stage::build(const Program& program, const ReplayOptions& options, const std::string& file) {
  auto survey = tools::survey(file, options.requests);
  if (!survey) return survey.error();
  Stage stage;
  stage.survey_ = *survey;
  stage.record_bytes_ = survey->unit_size ? options.value_bytes : 0;
  stage.directory_ = program.directory;
  const Status built =
      program.segment_given ? stage.find_live(program, options) : stage.build_private(program, options);
  if (!built) return built.error();
  if (const Status watched = stage.watch(); !watched) return watched.error();
  return stage;
}

Status Stage::build_private(const Program& program, const ReplayOptions& options) {
  target_ = uint64_t(double(working_set()) * options.percent / 100);
  if (!options.budget.empty()) {
    auto bytes = config::parse_size(options.budget);
    if (!bytes)
      return Error{bytes.error().code, fmt::format("--budget {}: {}", options.budget, bytes.error().message),
                   bytes.error().hint};
    target_ = *bytes;
  }
  uint64_t page = 0;
  if (!options.page.empty()) {
    auto bytes = config::parse_size(options.page);
    if (!bytes)
      return Error{bytes.error().code, fmt::format("--page {}: {}", options.page, bytes.error().message),
                   bytes.error().hint};
    page = *bytes;
  }
  const double mean = std::max(1.0, double(working_set()) / double(survey_.keys));
  CacheOptions cache;
  cache.name = kCacheName;
  cache.page_size = static_cast<uint32_t>(std::min<uint64_t>(page, UINT32_MAX));
  cache.size = page_memory_for(target_, sizes_of(survey_, record_bytes_), page);
  cache.expected_entry = static_cast<uint32_t>(std::clamp(mean, 1.0, double(kMaxPageBytes)));
  SegmentOptions segment;
  segment.name = fmt::format("replay-{}", ::getpid());
  segment.directory = program.directory;
  segment.caches.push_back(cache);
  auto created = Segment::create(segment, "replay-parent");
  if (!created) return created.error();
  private_ = *created;
  segment_ = segment.name;
  cache_ = kCacheName;
  return Done{};
}

Status Stage::find_live(const Program& program, const ReplayOptions& options) {
  auto segment = Segment::attach(program.segment, {.directory = program.directory, .kind = "replay-parent"});
  if (!segment) return segment.error();
  segment_ = program.segment;
  const std::vector<std::string> names = segment->cache_names();
  cache_ = options.cache;
  if (cache_.empty()) cache_ = names.size() == 1 ? names.front() : kCacheName;
  auto cache = segment->cache(cache_);
  if (!cache) {
    return Error{cache.error().code, cache.error().message, "name one with --cache; it is cleared before the replay"};
  }
  cache->clear();
  return Done{};
}

Status Stage::watch() {
  auto inspector = observe::Inspector::open(segment_, directory_);
  if (!inspector) return inspector.error();
  inspector_ = std::move(*inspector);
  return Done{};
}

Result<CacheFigures> Stage::figures() const {
  const SegmentFigures all = observe::read_figures(*inspector_);
  for (const CacheFigures& figures : all.caches) {
    if (figures.name == cache_) return figures;
  }
  return Error{Code::not_found, fmt::format("{}: cache {} is gone", segment_, cache_), "was the segment replaced?"};
}

Stage::Stage(Stage&& other) noexcept
    : survey_(other.survey_),
      segment_(std::move(other.segment_)),
      cache_(std::move(other.cache_)),
      directory_(std::move(other.directory_)),
      record_bytes_(other.record_bytes_),
      target_(other.target_),
      private_(std::exchange(other.private_, std::nullopt)),
      inspector_(std::exchange(other.inspector_, std::nullopt)) {}

Stage::~Stage() {
  if (!private_) return;
  const Status retired = private_->retire();
  if (!retired) report(retired.error());
}

}  // namespace larder::tools
