// main.cc – bench_disk: the embedded databases that could keep a store's durable keys, as the sidecar would use them.
//
// Half a million counters with keys of 21 bytes (a user's Bayes tokens) are written, then changed in batches at random,
// each batch durable when the commit returns; then all are loaded by a process of its own, whose memory is measured.
// Bytes written are those the kernel counts for the process (/proc/self/io).
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include "disk/engine.h"
#include "support/clock.h"

namespace larder::bench {
namespace {

using Open = std::unique_ptr<DiskEngine> (*)(const std::string&);
constexpr uint64_t kRows = 500'000;

std::string key_of(uint64_t number) {
  std::mt19937_64 random(number);
  std::string key = "\x12\1\0\0\0";
  key.resize(5);
  for (int i = 0; i < 2; ++i) {
    const uint64_t token = random();
    key.append(reinterpret_cast<const char*>(&token), 8);
  }
  return key;
}

uint64_t bytes_written() {
  std::ifstream io("/proc/self/io");
  for (std::string word; io >> word;)
    if (uint64_t bytes = 0; word == "wchar:" && io >> bytes) return bytes;
  return 0;
}

uint64_t bytes_in(const std::string& directory) {
  uint64_t sum = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file()) sum += entry.file_size();
  return sum;
}

/// Runs in a child, so that memory is that of this step alone. Returns its peak in MB.
template <class Step>
double apart(const Step& step) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    step();
    std::fflush(nullptr);
    _exit(0);
  }
  rusage usage{};
  int status = 0;
  wait4(child, &status, 0, &usage);
  if (status != 0) std::exit(1);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void batches(DiskEngine& engine, size_t size, size_t times) {
  std::mt19937_64 random(size);
  std::vector<double> took;
  const uint64_t before = bytes_written();
  const int64_t cpu = cpu_nanoseconds();
  for (size_t i = 0; i < times; ++i) {
    std::vector<DiskRow> rows(size);
    for (DiskRow& row : rows) row = {key_of(random() % kRows), static_cast<int64_t>(random() >> 1)};
    const int64_t begin = wall_nanoseconds();
    engine.commit(rows);
    took.push_back(static_cast<double>(wall_nanoseconds() - begin) / 1e6);
  }
  std::sort(took.begin(), took.end());
  fmt::print("  batch of {:>5}: median {:>7.2f} ms, longest {:>7.2f} ms, CPU {:>6.2f} ms, {:>9} bytes written\n", size,
             took[times / 2], took.back(), static_cast<double>(cpu_nanoseconds() - cpu) / 1e6 / double(times),
             (bytes_written() - before) / times);
}

void measure(Open open, const std::string& directory) {
  std::filesystem::create_directories(directory);
  const double writer_mb = apart([&] {
    const auto engine = open(directory);
    fmt::print("{}\n", engine->name());
    const int64_t begin = wall_nanoseconds();
    for (uint64_t at = 0; at < kRows; at += 10'000) {
      std::vector<DiskRow> rows;
      for (uint64_t i = at; i < at + 10'000; ++i) rows.push_back({key_of(i), static_cast<int64_t>(i)});
      engine->commit(rows);
    }
    fmt::print("  {} rows written in {:.2f} s\n", kRows, static_cast<double>(wall_nanoseconds() - begin) / 1e9);
    batches(*engine, 1, 50);
    batches(*engine, 1000, 20);
    batches(*engine, 10'000, 10);
  });
  const double loader_mb = apart([&] {
    const auto engine = open(directory);
    const int64_t begin = wall_nanoseconds();
    int64_t sum = 0;
    const uint64_t count = engine->load([&](std::string_view, int64_t number) { sum += number; });
    fmt::print("  {} rows loaded in {:.2f} s\n", count, static_cast<double>(wall_nanoseconds() - begin) / 1e9);
  });
  fmt::print("  {} bytes on disk, {:.0f} MB of memory while writing, {:.0f} MB while loading\n", bytes_in(directory),
             writer_mb, loader_mb);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  CLI::App app{"The databases that could keep a store's durable keys."};
  std::string directory = "/var/tmp/larder-bench-disk";
  app.add_option("--directory", directory, "where the databases go: a real disk");
  CLI11_PARSE(app, argc, argv);
  larder::bench::measure(larder::bench::open_sqlite, directory);
#ifdef LARDER_ROCKSDB
  larder::bench::measure(larder::bench::open_rocksdb, directory);
#else
  fmt::print("RocksDB is not installed (librocksdb-dev)\n");
#endif
  return 0;
}
