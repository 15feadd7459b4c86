// operations.cc – every operation of a cache that the step tests run, in each start state; and finding any by its name.
#include <fmt/format.h>

#include <stdexcept>

#include "step/cache_scripts.h"
#include "step/world.h"

namespace larder::test {
namespace {

constexpr std::pair<Fill, const char*> kFills[] = {
    {Fill::empty, "empty"}, {Fill::half, "half"}, {Fill::full, "full"}, {Fill::expired, "expired"}};

std::vector<CacheScript> all_scripts() {
  std::vector<CacheScript> all;
  for (auto& part : {reading_scripts(), writing_scripts(), building_scripts(), worker_scripts()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

bool may_drop(const CacheScript& script, Fill fill) {
  const bool crowded = fill == Fill::full || fill == Fill::expired;
  return (script.takes_pages && crowded) || script.leaves_little;
}

}  // namespace

const std::vector<Operation>& operations() {
  static const std::vector<Operation> all = [] {
    std::vector<Operation> list;
    for (const CacheScript& script : all_scripts())
      for (const auto& [fill, fill_name] : kFills)
        list.push_back({.name = fmt::format("{}_in_{}_cache", script.name, fill_name),
                        .fill = fill,
                        .run = script.run,
                        .on_cache = script.on_map,
                        .may_drop = may_drop(script, fill),
                        .attaches = script.attaches});
    return list;
  }();
  return all;
}

const std::vector<Operation>& last_operations() {
  const auto retire = [](Worker& worker) -> std::string {
    const Status retired = worker.segment->retire();
    return retired ? "retired" : "wrong: " + retired.error().message;
  };
  const auto shrink = [](Worker& worker) -> std::string {
    const Result<Budget> resized = worker.cache->resize(8 << 10, std::chrono::seconds(20));
    return resized ? fmt::format("{} bytes", resized->bytes) : "wrong: " + resized.error().message;
  };
  static const std::vector<Operation> all = {
      {.name = "shrink_to_the_end",
       .fill = Fill::half,
       .run = shrink,
       .on_cache = [](MapCache&) { return "8192 bytes"; },
       .may_drop = true},
      {.name = "retire",
       .fill = Fill::half,
       .run = retire,
       .on_cache = [](MapCache&) { return "retired"; },
       .retires = true},
  };
  return all;
}

const Operation& operation_named(const std::string& name) {
  for (const auto* list : {&operations(), &store_operations(), &last_operations()})
    for (const Operation& operation : *list)
      if (operation.name == name) return operation;
  throw std::invalid_argument("no operation under test is called " + name);
}

}  // namespace larder::test
