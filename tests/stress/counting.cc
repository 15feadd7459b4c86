#include "stress/counting.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <new>
#include <stdexcept>

#include "support/segments.h"

namespace larder::test {
namespace {

constexpr uint32_t kHot = 3;  ///< counters that half of the increments go to

}  // namespace

Board* Board::make() {
  void* map = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) throw std::runtime_error("cannot map a board");
  return new (map) Board{};
}

void Board::settle(uint32_t seat) {
  const uint64_t pending = seats[seat].pending.exchange(0);
  if (pending == 0) return;
  const uint64_t counter = (pending >> 48) - 1, before = pending & ((uint64_t{1} << 48) - 1);
  if (seats[seat].answered[counter] == before) ++uncertain[counter];
}

StoreOptions counted_store() {
  StoreOptions store;
  store.size = 256 << 10;
  store.page_size = 4096;
  store.expected_entry = 128;
  store.durable = {'d'};
  return store;
}

std::unique_ptr<Store> open_store(const Segment& segment) {
  auto store = segment.store("memory");
  if (!store) throw std::runtime_error(store.error().message);
  return std::move(*store);
}

std::string counter_name(uint64_t number) { return fmt::format("{}counter-{}", number % 3 == 0 ? "d" : "", number); }

Counting::Counting(const Segment& segment, Board& board, uint32_t seat, uint64_t life, uint64_t seed)
    : store_(open_store(segment)),
      leases_(*store_),
      board_(board),
      seat_(board.seats[seat]),
      life_(life),
      random_(seed << 32 | life) {}

bool Counting::step() {
  const uint64_t choice = random_.below(100);
  complaint_ = choice < 84 ? count() : choice < 95 ? churn() : lock();
  ++seat_.steps;
  return complaint_.empty();
}

std::string Counting::count() {
  const uint64_t counter = random_.below(2) == 0 ? random_.below(kHot) : random_.below(kTallied);
  const uint64_t before = seat_.answered[counter];
  seat_.pending = (counter + 1) << 48 | before;
  const CounterAnswer answer = store_->counter_incr(counter_name(counter), 1);
  if (!answer) return fmt::format("an increment is answered {}", to_string(answer.status));
  seat_.answered[counter] = before + 1;
  seat_.pending = 0;
  if (answer.value <= last_[counter]) return fmt::format("a counter went from {} to {}", last_[counter], answer.value);
  last_[counter] = answer.value;
  return {};
}

/// Garbage, so that pages are compacted.
std::string Counting::churn() {
  const std::string key = key_name(random_.below(4) == 0 ? "dchurn" : "churn", random_.below(12));
  if (random_.below(4) == 0) {
    (void)store_->key_delete(key);
    return {};
  }
  const StoreStatus status = store_->key_set(key, value_of(key, life_, 100 + random_.below(300))).status;
  if (status == StoreStatus::ok || status == StoreStatus::full) return {};  // the stopped hold pages
  return fmt::format("a set is answered {}", to_string(status));
}

std::string Counting::lock() {
  const uint64_t number = random_.below(kLocks);
  const mail::LeaseAnswer taken = leases_.acquire(key_name("lock", number), {.ttl = {}, .ends_with_process = true});
  if (!taken)
    return taken.status == StoreStatus::exists || taken.status == StoreStatus::full
               ? std::string()
               : fmt::format("a lease is answered {}", to_string(taken.status));
  const uint64_t former = board_.holder[number].exchange(life_);
  if (former != 0 && !board_.doomed[former]) ++board_.held_twice;
  ++board_.leases;
  std::string wrong = count();
  uint64_t me = life_;
  if (!board_.holder[number].compare_exchange_strong(me, 0)) ++board_.held_twice;
  if (const StoreStatus status = leases_.release(taken.lease); status != StoreStatus::ok)
    return fmt::format("a release is answered {}", to_string(status));
  return wrong;
}

Reckoning reckon(Store& store, const Board& board) {
  Reckoning reckoning;
  for (uint32_t counter = 0; counter < kTallied; ++counter) {
    uint64_t sum = 0;
    for (const Seat& seat : board.seats) sum += seat.answered[counter];
    const auto value = static_cast<uint64_t>(store.counter_get(counter_name(counter)).value);
    const uint64_t most = sum + board.uncertain[counter];
    if (value < sum || value > most)
      reckoning.wrong +=
          fmt::format("{} is {}, but {} to {} increments were made; ", counter_name(counter), value, sum, most);
    reckoning.answered += sum;
    reckoning.uncertain += board.uncertain[counter];
  }
  return reckoning;
}

void accept(Store& store, Board& board) {
  for (uint32_t counter = 0; counter < kTallied; ++counter) {
    uint64_t sum = 0;
    for (const Seat& seat : board.seats) sum += seat.answered[counter];
    const auto value = static_cast<uint64_t>(store.counter_get(counter_name(counter)).value);
    board.seats[0].answered[counter] += value - sum;
    board.uncertain[counter] = 0;
  }
}

}  // namespace larder::test
