// baseline.cc – see baseline.h.
#include "micro/baseline.h"

#include "support/workload.h"

namespace larder::bench {
namespace {

constexpr size_t kNodeBytes = 320;  ///< map node, list node, two strings' allocator headers, with room to spare

}  // namespace

Baseline::Baseline(uint64_t capacity, size_t value_bytes)
    : memory_((size_t{4} << 20) + capacity * (kNodeBytes + kMaxKeyLength + value_bytes + value_bytes / 8)),
      manager_(boost::interprocess::create_only, memory_.data(), memory_.bytes()),
      root_(manager_.construct<Root>("root")(manager_.get_segment_manager())),
      capacity_(capacity) {
  root_->map.reserve(capacity);
}

size_t Baseline::get(std::string_view key, std::span<std::byte> out) {
  const Lock lock(root_->mutex);
  const auto found = root_->map.find(key, Hash(), Equal());
  if (found == root_->map.end()) return kMiss;
  Entry& entry = found->second;
  root_->order.splice(root_->order.begin(), root_->order, entry.place);
  std::memcpy(out.data(), entry.value.data(), entry.value.size());
  return entry.value.size();
}

void Baseline::put(std::string_view key, std::string_view value) {
  const Lock lock(root_->mutex);
  const auto found = root_->map.find(key, Hash(), Equal());
  if (found != root_->map.end()) {
    found->second.value.assign(value.data(), value.size());
    root_->order.splice(root_->order.begin(), root_->order, found->second.place);
    return;
  }
  if (root_->map.size() >= capacity_) {
    const Text& last = *root_->order.back();
    const std::string_view victim(last.data(), last.size());
    root_->order.pop_back();
    root_->map.erase(root_->map.find(victim, Hash(), Equal()));
  }
  const Allocator<char> allocator(manager_.get_segment_manager());
  const auto added = root_->map.emplace(Text(key.data(), key.size(), allocator),
                                        Entry{Text(value.data(), value.size(), allocator), root_->order.end()});
  root_->order.push_front(&added.first->first);
  added.first->second.place = root_->order.begin();
}

}  // namespace larder::bench
