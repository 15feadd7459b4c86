// drive.cc – see drive.h.
#include "micro/drive.h"

#include <benchmark/benchmark.h>

#include <bit>
#include <span>

#include "support/clock.h"
#include "support/workload.h"

namespace larder::bench {

const char* to_string(Contestant contestant) {
  constexpr const char* kNames[] = {"larder", "floor", "baseline", "driver"};
  return kNames[size_t(contestant)];
}

const char* to_string(Operation operation) {
  constexpr const char* kNames[] = {"get hit", "get miss", "put", "put+evict", "get_many 16", "view"};
  return kNames[size_t(operation)];
}

bool takes_part(Contestant contestant, Operation operation) {
  switch (contestant) {
    case Contestant::larder: return true;
    case Contestant::floor: return operation != Operation::evict;
    case Contestant::baseline: return operation != Operation::many && operation != Operation::view;
    case Contestant::driver: return operation == Operation::hit;
  }
  return false;
}

Driver::Driver(const Arena& arena, const std::vector<uint32_t>& trace)
    : arena_(arena),
      trace_(trace),
      cache_(attach_cache(arena)),
      into_(kBatch * size_t{arena.data().value_bytes}),
      value_(arena.data().value_bytes, 'v') {}

Report Driver::run(const Order& order) {
  const auto operation = Operation(order.kind % kOperations);
  place_ = places_[order.kind];
  each_ = order.each;
  gap_ns_ = order.gap_ns;
  Report report;
  switch (Contestant(order.kind / kOperations)) {
    case Contestant::larder: report = run_larder(operation, order.operations); break;
    case Contestant::floor: report = run_floor(operation, order.operations); break;
    case Contestant::baseline: report = run_baseline(operation, order.operations); break;
    case Contestant::driver:
      report = gets(order.operations, 0, [this](std::string_view key) {
        benchmark::DoNotOptimize(key.data());
        benchmark::ClobberMemory();
        return false;
      });
      break;
  }
  places_[order.kind] = place_;
  return report;
}

template <class Body>
Report Driver::timed(uint64_t operations, Body body) {
  Report report;
  const int64_t wall = wall_nanoseconds();
  const int64_t cpu = cpu_nanoseconds();
  body(report, operations);
  report.cpu_ns = cpu_nanoseconds() - cpu;
  report.wall_ns = wall_nanoseconds() - wall;
  return report;
}

/// Runs `loop` over `once`, or over `once` between two looks at the clock.
template <class Once, class Loop>
Report Driver::alone_or_each(uint64_t operations, Once once, Loop loop) {
  if (!each_) return timed(operations, [&](Report& report, uint64_t count) { loop(report, count, once); });
  Ticks ticks;
  const uint64_t first = Ticks::now();
  int64_t next_at = wall_nanoseconds();
  Report report = timed(operations, [&](Report& counted, uint64_t count) {
    loop(counted, count, [&](std::string_view key) {
      const uint64_t begin = Ticks::now();
      const bool done = once(key);
      ticks.add(Ticks::now() - begin);
      if (gap_ns_ > 0)
        for (const int64_t end = (next_at += gap_ns_); wall_nanoseconds() < end;) {
        }
      return done;
    });
  });
  report.latency = ticks.latency(double(report.wall_ns) / double(Ticks::now() - first));
  return report;
}

template <class Get>
Report Driver::gets(uint64_t operations, uint32_t absent, Get get) {
  return alone_or_each(operations, get, [&](Report& report, uint64_t count, const auto& once) {
    Key key;
    for (uint64_t i = 0; i < count; ++i) {
      const uint32_t id = next() | absent;
      if (!once(key.form(id))) continue;
      ++report.hits;
      report.wrong += !stamped(into_.data(), id);
    }
  });
}

template <class Put>
Report Driver::puts(uint64_t operations, Put put) {
  return alone_or_each(operations, put, [&](Report& report, uint64_t count, const auto& once) {
    Key key;
    for (uint64_t i = 0; i < count; ++i) {
      const uint32_t id = next();
      stamp(value_, id);
      report.hits += once(key.form(id));
    }
  });
}

template <class Many>
Report Driver::batches(uint64_t operations, Many many) {
  return timed(operations, [&](Report& report, uint64_t count) {
    std::array<Key, kBatch> room;
    std::array<std::string_view, kBatch> keys;
    std::array<uint32_t, kBatch> ids;
    for (uint64_t i = 0; i < count; i += kBatch) {
      for (size_t k = 0; k < kBatch; ++k) keys[k] = room[k].form(ids[k] = next());
      const uint32_t hits = many(keys);
      report.hits += static_cast<uint64_t>(std::popcount(hits));
      for (size_t k = 0; k < kBatch; ++k)
        report.wrong += (hits >> k & 1) != 0 && !stamped(&into_[k * value_.size()], ids[k]);
    }
  });
}

Report Driver::run_larder(Operation operation, uint64_t operations) {
  const std::span<std::byte> out(into_.data(), value_.size());
  switch (operation) {
    case Operation::hit:
    case Operation::miss:
      return gets(operations, operation == Operation::miss ? kAbsentBit : 0,
                  [&](std::string_view key) { return bool(cache_.get(key, out)); });
    case Operation::put:
    case Operation::evict:
      return puts(operations, [&](std::string_view key) { return cache_.put(key, value_) == PutResult::stored; });
    case Operation::many:
      return batches(operations, [&](const std::array<std::string_view, kBatch>& keys) {
        std::array<Fetch, kBatch> requests;
        for (size_t k = 0; k < kBatch; ++k) {
          requests[k] = Fetch{keys[k], std::span(&into_[k * value_.size()], value_.size()), {}};
        }
        cache_.get_many(requests);
        uint32_t hits = 0;
        for (size_t k = 0; k < kBatch; ++k) hits |= uint32_t{bool(requests[k].answer)} << k;
        return hits;
      });
    case Operation::view:
      return gets(operations, 0, [&](std::string_view key) {
        const View seen = cache_.view(key);
        if (!seen) return false;
        std::memcpy(into_.data(), seen.bytes().data(), sizeof(uint32_t));
        return true;
      });
  }
  return {};
}

Report Driver::run_floor(Operation operation, uint64_t operations) {
  Floor& floor = *arena_.floor();
  const std::span<std::byte> out(into_.data(), value_.size());
  switch (operation) {
    case Operation::hit:
    case Operation::miss:
      return gets(operations, operation == Operation::miss ? kAbsentBit : 0,
                  [&](std::string_view key) { return floor.get(key, out) != Floor::kMiss; });
    case Operation::put: return puts(operations, [&](std::string_view key) { return floor.put(key, value_); });
    case Operation::many:
      return batches(operations, [&](const std::array<std::string_view, kBatch>& keys) {
        return floor.get_many(keys, into_.data(), value_.size());
      });
    case Operation::view:
      return gets(operations, 0, [&](std::string_view key) {
        const std::byte* seen = floor.view(key);
        if (!seen) return false;
        std::memcpy(into_.data(), seen, sizeof(uint32_t));
        return true;
      });
    case Operation::evict: break;
  }
  return {};
}

Report Driver::run_baseline(Operation operation, uint64_t operations) {
  Baseline& baseline = arena_.baseline();
  const std::span<std::byte> out(into_.data(), value_.size());
  switch (operation) {
    case Operation::hit:
    case Operation::miss:
      return gets(operations, operation == Operation::miss ? kAbsentBit : 0,
                  [&](std::string_view key) { return baseline.get(key, out) != Baseline::kMiss; });
    case Operation::put:
    case Operation::evict:
      return puts(operations, [&](std::string_view key) {
        baseline.put(key, value_);
        return true;
      });
    case Operation::many:
    case Operation::view: break;
  }
  return {};
}

}  // namespace larder::bench
