// load.cc – see load.h.
#include "dump/load.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"

namespace larder::dump {

namespace {

constexpr uint64_t kBetweenQuestions = 4096;  ///< records between two looks at the clock and at `interrupted`

struct Job {
  uint32_t number = 0;  ///< of the region in the dump
  Loaded counts;
  std::unique_ptr<Loader> loader;
};

std::string names_of(const Header& header) {
  std::vector<std::string> names;
  for (const Region& region : header.regions) names.push_back(region.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// Which regions to load, and where to.
Result<std::vector<Job>> plan(const Survey& survey, const LoadOptions& options) {
  const std::vector<Region>& regions = survey.header.regions;
  for (const std::string& name : options.only)
    if (std::none_of(regions.begin(), regions.end(), [&](const Region& region) { return region.name == name; }))
      return base::with_hint(base::fail(Code::not_found, "{} holds no '{}'", survey.name, name),
                             "it holds " + names_of(survey.header));
  std::vector<Job> jobs;
  for (uint32_t number = 0; number < regions.size(); ++number) {
    const Region& region = regions[number];
    if (!options.only.empty() && std::find(options.only.begin(), options.only.end(), region.name) == options.only.end())
      continue;
    Job job;
    job.number = number;
    job.counts.from = region;
    job.counts.to = options.as.empty() ? region.name : options.as;
    job.counts.records = survey.records[number];
    jobs.push_back(std::move(job));
  }
  if (!options.as.empty() && jobs.size() != 1)
    return base::with_hint(
        base::fail(Code::invalid_argument, "--as names one target, {} caches and stores would be loaded", jobs.size()),
        "choose one with --only: " + names_of(survey.header));
  return jobs;
}

Status open_targets(const Segment& segment, const LoadOptions& options, std::vector<Job>& jobs) {
  for (Job& job : jobs) {
    auto loader = job.counts.from.kind == RegionKind::store ? store_loader(segment, job.counts.to)
                                                            : cache_loader(segment, job.counts.to);
    if (!loader)
      return base::with_hint(loader.error(),
                             loader.error().hint + "; --only chooses what is loaded, --as another target");
    job.loader = std::move(*loader);
  }
  for (const Job& job : jobs)
    if (options.present == Present::refuse && job.loader->holds_anything())
      return base::with_hint(
          base::fail(Code::exists, "{} is not empty", job.counts.to),
          "say what counts for keys that are there: --missing keeps them, --overwrite replaces them");
  return Done{};
}

/// Blocks of one region, what was most valuable last.
std::vector<BlockPlace> blocks_of(const Survey& survey, uint32_t number) {
  std::vector<BlockPlace> blocks;
  for (const BlockPlace& block : survey.blocks)
    if (block.region == number) blocks.push_back(block);
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const BlockPlace& a, const BlockPlace& b) { return a.rank < b.rank; });
  return blocks;
}

Status load_region(const Source& source, const Survey& survey, const LoadOptions& options, Job& job) {
  const std::vector<BlockPlace> blocks = blocks_of(survey, job.number);
  Status state = Done{};
  uint64_t seen = 0;
  int64_t now = base::unix_ms();
  const auto put = [&](const Record& record) {
    if (++seen % kBetweenQuestions == 0) {
      now = base::unix_ms();
      if (options.interrupted && options.interrupted()) {
        state = base::fail(Code::busy, "the loading was interrupted after {} records of {}", seen, job.counts.to);
        return false;
      }
    }
    if (record.expires && *record.expires <= now)
      ++job.counts.expired;
    else
      state = job.loader->put(record, now, options, job.counts);
    return static_cast<bool>(state);
  };
  for (const BlockPlace& block : blocks) {
    if (Status read = read_block(source, survey, block, put); !read) return read;
    if (!state) return state;
  }
  if (job.counts.no_room > 0) job.counts.full_text = job.loader->full_text();
  return Done{};
}

}  // namespace

Result<std::vector<Loaded>> load(const Segment& segment, const Source& source, const Survey& survey,
                                 const LoadOptions& options) {
  Result<std::vector<Job>> jobs = plan(survey, options);
  if (!jobs) return jobs.error();
  if (Status opened = open_targets(segment, options, *jobs); !opened) return opened.error();
  std::vector<Loaded> loaded;
  for (Job& job : *jobs) {
    if (Status done = load_region(source, survey, options, job); !done) return done.error();
    loaded.push_back(std::move(job.counts));
  }
  return loaded;
}

}  // namespace larder::dump
