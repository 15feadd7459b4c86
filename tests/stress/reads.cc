#include "stress/reads.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "base/copy.h"
#include "stress/counting.h"
#include "support/process.h"
#include "support/segments.h"
#include "support/shared.h"

namespace larder::test {
namespace {

enum : size_t { kStays, kEvicts, kLarge, kRecords };

ReadField field(const char* name, uint64_t keys, size_t longest) {
  ReadField made{name, {}, {}, longest};
  for (uint64_t key = 0; key < keys; ++key) {
    made.keys.push_back(key_name(name, key));
    made.proofs.emplace_back(std::hash<std::string>()(made.keys.back()));
  }
  return made;
}

std::string_view text(std::span<const std::byte> bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

}  // namespace

void ReadCounts::add(const ReadCounts& other) {
  gets += other.gets;
  many += other.many;
  views += other.views;
  large += other.large;
  store += other.store;
  hits += other.hits;
  torn += other.torn;
  back += other.back;
  puts += other.puts;
  removes += other.removes;
}

const std::vector<ReadField>& read_fields() {
  static const std::vector<ReadField> fields = {field("stays", 64, 256), field("evicts", 1500, 256),
                                                field("large", 24, 24'000), field("memory", 64, 256)};
  return fields;
}

SegmentOptions reads_options(const TempDirectory& directory) {
  SegmentOptions options =
      segment_options(directory, {cache_options("stays", 256 << 10), cache_options("evicts", 64 << 10, 1024),
                                  cache_options("large", 256 << 10, 4096)});
  StoreOptions store;
  store.size = 64 << 10;
  store.page_size = 1024;
  store.expected_entry = 192;
  options.stores.push_back(store);
  return options;
}

Reader::Reader(const Segment& segment, uint64_t seed) : random_(seed), store_(open_store(segment)) {
  for (const size_t number : {kStays, kEvicts, kLarge}) {
    const ReadField& field = read_fields()[number];
    places_.push_back({&field, open_cache(segment, field.name), std::vector<uint64_t>(field.keys.size())});
  }
  seen_in_store_.resize(read_fields()[kRecords].keys.size());
}

void Reader::step() {
  const uint64_t choice = random_.below(64);
  if (choice < 46) return get(pick());
  if (choice < 50) return get_many(pick());
  if (choice < 58) return view(pick());
  if (choice < 63) return get_record();
  get_large();
}

void Reader::judge(const ReadField& field, std::vector<uint64_t>& seen, size_t key, std::string_view value) {
  ++counts_.hits;
  const uint64_t version = field.proofs[key].version_in(value);
  if (version != 0 && version >= seen[key]) {
    seen[key] = version;
    return;
  }
  uint64_t& wrong = version == 0 ? counts_.torn : counts_.back;
  if (++wrong > 5) return;
  fmt::print(stderr, "{}: {}\n", field.keys[key],
             version == 0 ? fmt::format("{} bytes that nobody put there", value.size())
                          : fmt::format("version {} after {}", version, seen[key]));
}

void Reader::get(Place& place) {
  const size_t key = random_.below(place.field->keys.size());
  std::array<std::byte, 256> into;
  ++counts_.gets;
  if (const Lookup found = place.cache.get(place.field->keys[key], into))
    judge(*place.field, place.seen, key, text(into, found.size));
}

void Reader::get_many(Place& place) {
  constexpr size_t kBatch = 16;
  const std::vector<std::string>& names = place.field->keys;
  const size_t first = random_.below(names.size());  // neighbours, so that no key comes twice: a batch is no snapshot
  std::array<std::array<std::byte, 256>, kBatch> buffers;
  std::array<Fetch, kBatch> requests;
  for (size_t i = 0; i < kBatch; ++i) requests[i] = {names[(first + i) % names.size()], buffers[i]};
  place.cache.get_many(requests);
  counts_.many += kBatch;
  for (size_t i = 0; i < kBatch; ++i)
    if (const Lookup& found = requests[i].answer)
      judge(*place.field, place.seen, (first + i) % names.size(), text(buffers[i], found.size));
}

/// Some are looked at again, later: they must not change while they are viewed.
void Reader::view(Place& place) {
  const size_t key = random_.below(place.field->keys.size());
  ++counts_.views;
  const View view = place.cache.view(place.field->keys[key]);
  if (!view) return;
  judge(*place.field, place.seen, key, view.text());
  if (random_.below(16) != 0) return;
  const uint64_t version = place.seen[key];
  for (int reads = 0; reads < 8; ++reads) get(pick());
  if (place.field->proofs[key].version_in(view.text()) != version) ++counts_.torn;
}

void Reader::get_large() {
  Place& place = places_[kLarge];
  const size_t key = random_.below(place.field->keys.size());
  ++counts_.large;
  if (random_.below(2) == 0) {
    if (place.cache.get(place.field->keys[key], buffer_)) judge(*place.field, place.seen, key, buffer_);
  } else if (const View view = place.cache.view(place.field->keys[key])) {
    judge(*place.field, place.seen, key, view.text());
  }
}

void Reader::get_record() {
  const ReadField& field = read_fields()[kRecords];
  const size_t key = random_.below(field.keys.size());
  ++counts_.store;
  if (store_->key_get(field.keys[key], buffer_) == StoreStatus::ok) judge(field, seen_in_store_, key, buffer_);
}

Writer::Writer(const Segment& segment, uint64_t seed) : random_(seed), store_(open_store(segment)) {
  for (const ReadField& field : read_fields()) {
    versions_.emplace_back(field.keys.size());
    if (&field != &read_fields()[kRecords]) caches_.push_back(open_cache(segment, field.name));
  }
}

void Writer::step() {
  const uint64_t choice = random_.below(128);
  const size_t number = choice < 70 ? kStays : choice < 110 ? kEvicts : choice < 127 ? kRecords : kLarge;
  const ReadField& field = read_fields()[number];
  const size_t key = random_.below(field.keys.size());
  const std::string& name = field.keys[key];
  if (random_.below(64) == 0) {
    ++counts_.removes;
    if (number == kRecords)
      (void)store_->key_delete(name);
    else
      caches_[number].remove(name);
    return;
  }
  ++counts_.puts;
  const uint64_t version = ++versions_[number][key];
  value_.resize(Proof::kShortest + random_.below(field.longest - Proof::kShortest + 1));
  field.proofs[key].write(value_, version);
  if (number == kRecords) {
    (void)store_->key_set(name, value_);
  } else if (random_.below(8) != 0) {
    (void)caches_[number].put(name, value_);
  } else if (Builder builder = caches_[number].reserve(name, value_.size())) {
    base::copy_in(builder.bytes().data(), value_.data(),
                  value_.size());  // late readers of what was there may still look
    (void)builder.commit();
  }
}

namespace {

/// What a process says of itself.
struct Post {
  std::atomic<uint64_t> reads;
  std::atomic<bool> wrong;
  ReadCounts counts;  ///< once it has ended
};
struct Posts {
  std::atomic<bool> stop;
  Post at[16];
};

template <class Worker>
int work(const TempDirectory& directory, Posts& posts, Post& post, uint64_t seed) {
  const Segment segment = attach_segment(directory.path(), "reads");
  Worker worker(segment, seed);
  for (uint64_t step = 1; !posts.stop; ++step) {
    worker.step();
    if (step % 1024 != 0) continue;
    post.reads = worker.counts().reads();
    if (worker.counts().torn + worker.counts().back != 0) post.wrong = true;
  }
  post.counts = worker.counts();
  return 0;
}

}  // namespace

Readings read_under_storm(const TempDirectory& directory, uint64_t wanted, uint32_t readers, uint64_t seed) {
  Posts& posts = shared_with_children<Posts>();
  const auto start = std::chrono::steady_clock::now();
  std::vector<Process> processes;
  for (uint32_t number = 0; number <= readers; ++number)
    processes.emplace_back([&, number] {
      const auto body = number == 0 ? work<Writer> : work<Reader>;
      return body(directory, posts, posts.at[number], seed << 8 | number);
    });
  for (bool enough = false; !enough;) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    uint64_t reads = 0;
    for (const Post& post : posts.at) {
      reads += post.reads;
      enough = enough || post.wrong;
    }
    for (const Process& process : processes) enough = enough || process.ended();
    enough = enough || reads >= wanted;
  }
  posts.stop = true;
  Readings readings;
  for (Process& process : processes)
    if (const Ending ending = process.wait(); !ending.ok()) readings.complaint += ending.text() + "; ";
  readings.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  for (const Post& post : posts.at) readings.counts.add(post.counts);
  for (const CacheFigures& figures : figures_of(directory.path()).caches) {
    readings.evictions += figures[Counter::evictions];
    if (figures.name == read_fields()[kRecords].name) readings.moved = figures[Counter::pages_emptied];
  }
  return readings;
}

}  // namespace larder::test
