// builder.cc – reserving room for a value, filling it in place, committing it.
//
// What it is    a large value's run is gathered at once and filled by the caller, where it will be read; a small value
//               is built in a private buffer and put.
// Crash         the pages of a builder are claimed by its worker until the commit: bury frees them (ring/runs.h).
#include "larder/builder.h"

#include <string>
#include <vector>

#include "cache/large.h"

namespace larder {

using cache::Region;
using index::Presence;

struct Builder::State {
  std::shared_ptr<const Region> region;
  std::string key;
  PutOptions options;
  uint64_t owner = 0;  ///< OwnerWord of the place that reserved
  uint64_t bytes = 0;
  ring::Run run;                 ///< without pages if the value is small
  std::vector<std::byte> small;  ///< a small value

  State(std::shared_ptr<const Region> where, std::string_view what, const PutOptions& how, uint64_t size)
      : region(std::move(where)), key(what), options(how), bytes(size) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  /// In a forked child the run is the parent's.
  ~State() {
    if (run.pages == 0 || !region->member->has_place(owner)) return;
    cache::drop_gathered(*region, static_cast<uint32_t>(segment::OwnerWord::Slot::get(owner)), run);
  }

  bool gather(segment::ThreadState& thread) {
    owner = thread.owner;
    cache::Sought sought(region->plane, key);
    const std::optional<ring::Run> gathered = cache::gather_run(*region, thread, sought, bytes, Presence::only_absent);
    if (gathered) run = *gathered;
    return gathered.has_value();
  }
  PutResult store(segment::ThreadState& thread, const ring::EntryTerms& terms) {
    if (run.pages == 0) {
      const std::string_view value(reinterpret_cast<const char*>(small.data()), small.size());
      return cache::store_entry(*region, thread, key, value, terms, Presence::any);
    }
    cache::Sought sought(region->plane, key);
    const ring::Run filled = std::exchange(run, {});
    return cache::store_run(*region, thread, sought, filled, bytes, terms, Presence::any);
  }
};

Builder::Builder() : refusal_(PutResult::detached) {}
Builder::Builder(PutResult refusal) : refusal_(refusal) {}
Builder::Builder(std::unique_ptr<State> state) : state_(std::move(state)), refusal_(PutResult::stored) {}
Builder::Builder(Builder&&) noexcept = default;
Builder& Builder::operator=(Builder&&) noexcept = default;
Builder::~Builder() = default;

std::span<std::byte> Builder::bytes() const {
  if (state_ == nullptr) return {};
  if (state_->run.pages == 0) return state_->small;
  return {state_->region->plane.rings.table().page_at(state_->run.head), static_cast<size_t>(state_->bytes)};
}

PutResult Builder::commit() {
  if (state_ == nullptr) return refusal_;
  const std::unique_ptr<State> state = std::move(state_);
  ring::EntryTerms terms;
  segment::ThreadState* thread = nullptr;
  refusal_ = cache::admit(*state->region, state->key, state->options, terms, thread);
  if (refusal_ != PutResult::stored) return refusal_;
  if (thread->owner != state->owner) return refusal_ = PutResult::detached;
  return refusal_ = state->store(*thread, terms);
}

Builder Cache::reserve(std::string_view key, uint64_t bytes, const PutOptions& options) const {
  const Region& region = *region_;
  ring::EntryTerms terms;
  segment::ThreadState* thread = nullptr;
  const PutResult admitted = cache::admit(region, key, options, terms, thread);
  if (admitted != PutResult::stored) return Builder(admitted);
  auto state = std::make_unique<Builder::State>(region_, key, options, bytes);
  PutResult answer = PutResult::stored;
  if (cache::fits_page(region, key.size(), bytes, terms)) {
    state->owner = thread->owner;
    state->small.resize(bytes);
  } else if (!cache::fits_run(region, key.size(), bytes, terms)) {
    cache::Sought sought(region.plane, key);
    return Builder(cache::refuse_too_large(region, *thread, sought, Presence::only_absent));
  } else if (!state->gather(*thread)) {
    ++thread->tally(region.number)[Counter::no_room];
    answer = PutResult::no_room;
  }
  region.done(*thread);
  return answer == PutResult::stored ? Builder(std::move(state)) : Builder(answer);
}

}  // namespace larder
