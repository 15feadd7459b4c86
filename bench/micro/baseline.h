// baseline.h – what a user would build from boost::interprocess in an afternoon: the cache to beat.
//
// A managed memory segment with an unordered_map, a list in order of use and one interprocess_mutex around it all. A
// get splices its node to the front of the list (exact LRU). With `capacity` entries there, a put of a new key drops
// the last one. A worker killed inside blocks all others for ever.
#pragma once

#include <xxhash.h>

#include <boost/interprocess/allocators/allocator.hpp>
#include <boost/interprocess/containers/list.hpp>
#include <boost/interprocess/containers/string.hpp>
#include <boost/interprocess/managed_external_buffer.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/scoped_lock.hpp>
#include <boost/unordered_map.hpp>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

#include "support/shm_block.h"

namespace larder::bench {

class Baseline {
 public:
  Baseline(uint64_t capacity, size_t value_bytes);

  /// Length of the value, or kMiss.
  size_t get(std::string_view key, std::span<std::byte> out);
  /// Throws when the segment is full, which ends the bench: it was sized for `capacity` entries.
  void put(std::string_view key, std::string_view value);
  /// Bytes of the segment that are allocated.
  uint64_t used_bytes() const { return manager_.get_size() - manager_.get_free_memory(); }

  static constexpr size_t kMiss = ~size_t{0};

 private:
  using Manager = boost::interprocess::managed_external_buffer;
  template <class T>
  using Allocator = boost::interprocess::allocator<T, Manager::segment_manager>;
  using Text = boost::interprocess::basic_string<char, std::char_traits<char>, Allocator<char>>;
  struct Hash {
    size_t operator()(const Text& text) const { return XXH3_64bits(text.data(), text.size()); }
    size_t operator()(std::string_view text) const { return XXH3_64bits(text.data(), text.size()); }
  };
  struct Equal {
    bool operator()(const Text& a, const Text& b) const { return a == b; }
    bool operator()(std::string_view a, const Text& b) const { return a == std::string_view(b.data(), b.size()); }
    bool operator()(const Text& a, std::string_view b) const { return std::string_view(a.data(), a.size()) == b; }
  };
  using Order = boost::interprocess::list<boost::interprocess::offset_ptr<const Text>,
                                          Allocator<boost::interprocess::offset_ptr<const Text>>>;
  struct Entry {
    Text value;
    Order::iterator place;
  };
  using Map = boost::unordered_map<Text, Entry, Hash, Equal, Allocator<std::pair<const Text, Entry>>>;
  struct Root {
    explicit Root(Manager::segment_manager* manager)
        : map(0, Hash(), Equal(), Allocator<std::pair<const Text, Entry>>(manager)),
          order(Allocator<boost::interprocess::offset_ptr<const Text>>(manager)) {}
    boost::interprocess::interprocess_mutex mutex;
    Map map;
    Order order;
  };
  using Lock = boost::interprocess::scoped_lock<boost::interprocess::interprocess_mutex>;

  ShmBlock memory_;
  Manager manager_;
  Root* root_;
  uint64_t capacity_;
};

}  // namespace larder::bench
