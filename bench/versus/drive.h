// drive.h – the loop around the measured operations, the same for every contestant that C++ can reach.
//
// Each request takes the next id of the trace, forms the key, runs the operation and checks that the value is the
// key's. A handle is what one worker holds of a contestant:
//   bool get(std::string_view key, std::span<std::byte> out)   copies the value; false: a miss
//   bool put(std::string_view key, std::string_view value)
//   uint32_t get_many(const Batch& keys, std::span<std::byte> out)    values one after the other; a bit for each hit
//   bool put_many(const Batch& keys, const Batch& values)
// The last three only where the contestant has them. Clocks are read before and after a whole loop, and around single
// operations only if the job asks for it.
#pragma once

#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>

#include "support/clock.h"
#include "versus/contestant.h"

namespace larder::bench::versus {

using Batch = std::array<std::string_view, kBatch>;

template <class Handle>
concept Puts = requires(Handle& handle, std::string_view text) {
  handle.put(text, text);
};
template <class Handle>
concept GetsMany = requires(Handle& handle, const Batch& batch, std::span<std::byte> out) {
  handle.get_many(batch, out);
};
template <class Handle>
concept PutsMany = requires(Handle& handle, const Batch& batch) {
  handle.put_many(batch, batch);
};

template <class Handle>
constexpr bool handle_offers(Task task, bool batched) {
  const bool reads = batched ? GetsMany<Handle> : true;
  const bool writes = batched ? PutsMany<Handle> : Puts<Handle>;
  return (reads || task == Task::put) && (writes || task == Task::get);
}

/// A worker's place in its trace.
class Cursor {
 public:
  explicit Cursor(const std::vector<uint32_t>& trace) : trace_(trace) {}
  uint32_t next() {
    const uint32_t id = trace_[place_];
    if (++place_ == trace_.size()) place_ = 0;
    return id;
  }

 private:
  const std::vector<uint32_t>& trace_;
  size_t place_ = 0;
};

template <class Handle>
class Driver {
 public:
  Driver(Handle handle, const DataSet& data, const std::vector<uint32_t>& trace)
      : handle_(std::move(handle)), keys_in_all_(data.keys), cursor_(trace), into_(kBatch * size_t{data.value_bytes}) {
    for (std::string& value : values_) value.assign(data.value_bytes, 'v');
  }

  Report run(const Job& job) {
    if (job.task == Task::touch) return touch();
    Report report;
    Ticks ticks;
    const uint64_t first = Ticks::now();
    const int64_t wall = wall_nanoseconds();
    const int64_t cpu = cpu_nanoseconds();
    loop(job, report, ticks);
    report.cpu_ns = cpu_nanoseconds() - cpu;
    report.wall_ns = wall_nanoseconds() - wall;
    if (job.each) report.latency = ticks.latency(double(report.wall_ns) / double(Ticks::now() - first));
    return report;
  }

 private:
  void loop(const Job& job, Report& report, Ticks& ticks) {
    const uint64_t requests = job.batched ? job.operations / kBatch : job.operations;
    for (uint64_t i = 0; i < requests; ++i) {
      const bool writes = job.task == Task::put || (job.task == Task::mix && i % kMixPeriod == kMixPeriod - 1);
      if (job.batched) {
        writes ? put_batch(report) : get_batch(report);
        continue;
      }
      const uint32_t id = cursor_.next();
      const std::string_view key = keys_[0].form(id);
      if (writes) stamp(values_[0], id);
      const uint64_t begin = job.each ? Ticks::now() : 0;
      const bool done = writes ? put(key) : handle_.get(key, std::span(into_.data(), values_[0].size()));
      if (job.each) ticks.add(Ticks::now() - begin);
      report.hits += done;
      report.wrong += done && !writes && !stamped(into_.data(), id);
    }
  }

  Report touch() {
    Report report;
    for (uint32_t i = 0; i < keys_in_all_ / kTouchStep; ++i) {
      const size_t k = i % kBatch;
      texts_[k] = keys_[k].form(i * kTouchStep);
      if constexpr (!GetsMany<Handle>)
        report.hits += handle_.get(texts_[k], std::span(into_.data(), values_[0].size()));
      else if (k == kBatch - 1)
        report.hits += static_cast<uint64_t>(std::popcount(handle_.get_many(texts_, into_)));
    }
    return report;
  }

  bool put(std::string_view key) {
    if constexpr (Puts<Handle>) return handle_.put(key, values_[0]);
    return false;
  }

  void form_batch() {
    for (size_t k = 0; k < kBatch; ++k) texts_[k] = keys_[k].form(ids_[k] = cursor_.next());
  }

  void get_batch(Report& report) {
    if constexpr (GetsMany<Handle>) {
      form_batch();
      const uint32_t hits = handle_.get_many(texts_, into_);
      report.hits += static_cast<uint64_t>(std::popcount(hits));
      for (size_t k = 0; k < kBatch; ++k)
        report.wrong += (hits >> k & 1) != 0 && !stamped(&into_[k * values_[0].size()], ids_[k]);
    }
  }

  void put_batch(Report& report) {
    if constexpr (PutsMany<Handle>) {
      form_batch();
      Batch values;
      for (size_t k = 0; k < kBatch; ++k) {
        stamp(values_[k], ids_[k]);
        values[k] = values_[k];
      }
      report.hits += handle_.put_many(texts_, values) ? kBatch : 0;
    }
  }

  Handle handle_;
  uint32_t keys_in_all_;
  Cursor cursor_;
  std::vector<std::byte> into_;
  std::array<std::string, kBatch> values_;
  std::array<Key, kBatch> keys_;
  std::array<uint32_t, kBatch> ids_{};
  Batch texts_;
};

/// fill() in batches; the number of keys is a multiple of kBatch.
template <class PutMany>
void fill_batches(const DataSet& data, const char* name, PutMany put_many) {
  std::array<Key, kBatch> forms;
  std::array<std::string, kBatch> texts;
  Batch keys;
  Batch values;
  texts.fill(std::string(data.value_bytes, 'v'));
  for (uint32_t id = 0; id < data.keys; ++id) {
    const size_t k = id % kBatch;
    stamp(texts[k], id);
    keys[k] = forms[k].form(id);
    values[k] = texts[k];
    if (k == kBatch - 1 && !put_many(keys, values)) fail("a put was refused while filling", name);
  }
}

/// A job for so many workers as an order, and back.
inline Order order_of(uint32_t workers, const Job& job) {
  return {uint32_t(job.task) | uint32_t{job.batched} << 8 | workers << 16, job.operations, job.each};
}
inline uint32_t workers_of(const Order& order) { return order.kind >> 16; }
inline Job job_of(const Order& order) {
  return {Task(order.kind & 0xff), (order.kind >> 8 & 1) != 0, order.operations, order.each};
}

/// A contestant whose workers are forked processes. A host is made and filled by the bench, and has
///   Handle open() const              of a worker, after the fork
///   std::optional<Memory> memory()
template <class Host>
class Forked final : public Contestant {
 public:
  Forked(std::unique_ptr<Host> host, const Setting& setting)
      : host_(std::move(host)), crew_(kMaxCrew, [this, &setting](uint32_t worker) -> Crew::Work {
          auto driver = std::make_shared<Driver<Handle>>(host_->open(), setting.data, setting.traces.ids[worker]);
          return [driver, worker](const Order& order) {
            return worker < workers_of(order) ? driver->run(job_of(order)) : Report{};
          };
        }) {}

  bool offers(Task task, bool batched) const override { return handle_offers<Handle>(task, batched); }
  Report run(uint32_t workers, const Job& job) override {
    const std::vector<Report> reports = crew_.run(order_of(workers, job));
    return merged(std::span(reports).first(workers));
  }
  std::optional<Memory> memory() override { return host_->memory(); }

 private:
  using Handle = decltype(std::declval<const Host&>().open());

  std::unique_ptr<Host> host_;
  Crew crew_;
};

template <class Host>
std::unique_ptr<Contestant> forked(std::unique_ptr<Host> host, const Setting& setting) {
  return std::make_unique<Forked<Host>>(std::move(host), setting);
}

}  // namespace larder::bench::versus
