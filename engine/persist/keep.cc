// keep.cc – see keep.h.
#include "persist/keep.h"

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "persist/restore.h"

namespace larder::persist {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds kFirstPause{250}, kLongestPause{10'000};

Result<std::shared_ptr<const store::Region>> store_of(const Segment& segment, const std::string& name) {
  return cache::open_region(segment.member(), name, cache::RegionKind::store);
}

}  // namespace

Result<Keep> Keep::open(KeepOptions options, Say say) {
  Keep keep(std::move(options), std::move(say));
  Result<Disk> disk = Disk::open(keep.options_.disk, keep.say_);
  if (!disk) return disk.error();
  keep.disk_.emplace(std::move(*disk));
  return keep;
}

Status Keep::prepare(const Segment& unnamed) {
  const auto region = store_of(unnamed, options_.store);
  if (!region) return region.error();
  if (Status restored = restore(**region, *disk_, say_); !restored) return restored;
  restored_ = identity_of(**region);
  return Done{};
}

Status Keep::start(const Segment& segment) {
  auto region = store_of(segment, options_.store);
  if (!region) return region.error();
  region_ = std::move(*region);
  writer_.emplace(region_, std::move(*disk_));
  disk_.reset();
  if (restored_ == identity_of(*region_)) writer_->is_restored();
  set_durable(options_.durable);
  return Done{};
}

void Keep::set_durable(const std::vector<uint8_t>& durable) {
  options_.durable = durable;
  uint64_t wanted[4] = {};
  for (const uint8_t byte : durable) wanted[byte / 64] |= uint64_t{1} << byte % 64;
  bool changed = false;
  for (size_t i = 0; i < 4; ++i) {
    base::Atomic64& word = region_->header->store.durable.words[i];
    changed |= word.load_relaxed() != wanted[i];
    word.store_relaxed(wanted[i]);
  }
  if (changed && writer_) writer_->look_at_all();
}

void Keep::round(Clock::time_point until) {
  if (Clock::now() < not_before_) return;
  if (Status done = step(until); !done)
    failed(done.error());
  else
    succeeded();
}

Status Keep::flush() {
  Status done = step(Clock::now());
  if (!done) failed(done.error());
  return done;
}

Status Keep::step(Clock::time_point until) {
  if (!writer_)
    if (Status opened = reopen(); !opened) return opened;
  Status done = writer_->pass();
  while (done && Clock::now() < until) {
    const Result<bool> more = writer_->work_on();
    if (!more) done = more.error();
    if (!more || !*more) break;
  }
  if (!done && done.error().code == Code::corrupt) {
    writer_.reset();  // the next step salvages
    pause_ = {};
  }
  return done;
}

Status Keep::reopen() {
  Result<Disk> disk = Disk::open(options_.disk, say_);
  if (!disk) return disk.error();
  writer_.emplace(region_, std::move(*disk));
  return Done{};
}

void Keep::failed(const Error& error) {
  if (failure_.empty()) {
    failing_since_ = Clock::now();
    region_->header->store.disk_failing.store_relaxed(static_cast<uint64_t>(base::unix_ms()));
  }
  if (failure_ != error.message) {
    say_(fmt::format("store {}: not on disk: {}", options_.store, error.message));
    if (!error.hint.empty()) say_("hint: " + error.hint);
  }
  failure_ = error.message;
  pause_ = std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  not_before_ = Clock::now() + pause_;
}

void Keep::succeeded() {
  pause_ = {};
  if (failure_.empty()) return;
  failure_.clear();
  region_->header->store.disk_failing.store_relaxed(0);
  const auto took = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - failing_since_);
  say_(fmt::format("store {}: everything that waited is on disk again, after {} s", options_.store, took.count()));
}

}  // namespace larder::persist
