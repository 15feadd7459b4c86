// hyperclock.cc – RocksDB's HyperClockCache, which threads of one process share.
//
// Its keys are 16 bytes: as its users do, the driver hashes the key to 128 bits and keeps the whole key with the value,
// to compare. It has no overwrite: a put of a present key adds a second entry. Cache and threads live in a process of
// their own, so that its heap is nobody else's.
#include <malloc.h>
#include <rocksdb/cache.h>
#include <xxhash.h>

#include <cstdlib>
#include <latch>
#include <new>
#include <thread>

#include "versus/drive.h"

namespace larder::bench::versus {
namespace {

/// Key and value follow in the same piece of memory.
struct Entry {
  uint32_t key_bytes;
  uint32_t value_bytes;
  char* key() { return reinterpret_cast<char*>(this + 1); }
  char* value() { return key() + key_bytes; }
};

void release(const rocksdb::Slice&, void* entry) { std::free(entry); }

struct Handle {
  rocksdb::Cache* cache;

  bool get(std::string_view key, std::span<std::byte> out) {
    const XXH128_hash_t hash = XXH3_128bits(key.data(), key.size());
    rocksdb::Cache::Handle* const found = cache->Lookup(slice(hash));
    if (found == nullptr) return false;
    auto* entry = static_cast<Entry*>(cache->Value(found));
    const bool same = std::string_view(entry->key(), entry->key_bytes) == key;
    if (same) std::memcpy(out.data(), entry->value(), entry->value_bytes);
    cache->Release(found);
    return same;
  }

  bool put(std::string_view key, std::string_view value) {
    const XXH128_hash_t hash = XXH3_128bits(key.data(), key.size());
    void* const memory = std::malloc(sizeof(Entry) + key.size() + value.size());
    auto* entry = new (memory) Entry{uint32_t(key.size()), uint32_t(value.size())};
    std::memcpy(entry->key(), key.data(), key.size());
    std::memcpy(entry->value(), value.data(), value.size());
    return cache->Insert(slice(hash), entry, key.size() + value.size(), release).ok();
  }

 private:
  static rocksdb::Slice slice(const XXH128_hash_t& hash) { return {reinterpret_cast<const char*>(&hash), sizeof hash}; }
};

std::shared_ptr<rocksdb::Cache> make_cache(const DataSet& data) {
  const auto charge = size_t(data.payload());
  const double capacity = data.payload() * double(data.kept()) * (data.evicting ? 1 : 1.5);
  rocksdb::HyperClockCacheOptions options(size_t(capacity), charge);
  options.metadata_charge_policy = rocksdb::kDontChargeCacheMetadata;
  return options.MakeSharedCache();
}

uint64_t allocated() {
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

/// The process that owns the cache.
class Owner {
 public:
  Owner(const Setting& setting, Memory& memory) {
    const uint64_t before = allocated();
    cache_ = make_cache(setting.data);
    fill(setting.data, "hyperclock", [&](auto key, auto value) { return Handle{cache_.get()}.put(key, value); });
    // What it charges is payload; GetOccupancyCount() of RocksDB 7.8 answers 0.
    memory = {allocated() - before, uint64_t(double(cache_->GetUsage()) / setting.data.payload() + 0.5)};
    for (const std::vector<uint32_t>& trace : setting.traces.ids)
      drivers_.push_back(std::make_unique<Driver<Handle>>(Handle{cache_.get()}, setting.data, trace));
  }

  Report run(uint32_t workers, const Job& job) {
    std::vector<Report> reports(workers);
    std::latch start(workers);
    std::vector<std::jthread> threads;
    for (uint32_t worker = 0; worker < workers; ++worker)
      threads.emplace_back([&, worker] {
        pin_to_cpu(worker);
        start.arrive_and_wait();
        reports[worker] = drivers_[worker]->run(job);
      });
    threads.clear();
    return merged(reports);
  }

 private:
  std::shared_ptr<rocksdb::Cache> cache_;
  std::vector<std::unique_ptr<Driver<Handle>>> drivers_;
};

class HyperClock final : public Contestant {
 public:
  explicit HyperClock(const Setting& setting)
      : shared_(sizeof(Memory)), memory_(new (shared_.data()) Memory), crew_(1, [&](uint32_t) -> Crew::Work {
          auto owner = std::make_shared<Owner>(setting, *memory_);
          return [owner](const Order& order) { return owner->run(workers_of(order), job_of(order)); };
        }) {
    run(1, {});  // returns when the cache is filled
  }

  bool offers(Task task, bool batched) const override { return handle_offers<Handle>(task, batched); }
  Report run(uint32_t workers, const Job& job) override { return crew_.run(order_of(workers, job))[0]; }
  std::optional<Memory> memory() override { return *memory_; }

 private:
  ShmBlock shared_;
  Memory* memory_;  ///< in shared memory: the owner writes it
  Crew crew_;
};

}  // namespace

std::unique_ptr<Contestant> start_hyperclock(const Setting& setting) { return std::make_unique<HyperClock>(setting); }

}  // namespace larder::bench::versus
