// count.cc – larder_store_count: runs one store operation of Larder again and again, for a tool that counts
// instructions.
//
//   larder_store_count incr 20000
//
// Every key is met before the counted operations, so two runs with different numbers of operations differ by those
// operations alone: support/count_hit.sh takes the difference. "driver" only forms the keys.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "store/rival.h"
#include "support/shm_block.h"
#include "support/workload.h"

namespace larder::bench {
namespace {

enum class Task : uint8_t { driver, get, set, incr, rate, lock };

constexpr uint32_t kKeys = 1'000;
constexpr size_t kValueBytes = 64;

class Runner {
 public:
  explicit Runner(Rival& rival) : rival_(rival) {}

  bool run(Task task, uint64_t operations) {
    bool right = true;
    for (uint64_t i = 0; i < operations; ++i) right &= once(task, static_cast<uint32_t>(i % kKeys));
    return right;
  }

 private:
  bool once(Task task, uint32_t id) {
    text_.resize(1);
    text_.append(form_.form(id));
    switch (task) {
      case Task::driver: return !text_.empty();
      case Task::get: return rival_.get(text_, out_);
      case Task::set: stamp(value_, id); return rival_.set(text_, value_);
      case Task::incr: return rival_.increment(text_);
      case Task::rate: return rival_.check_rate(text_);
      case Task::lock: return rival_.lock_and_unlock(text_);
    }
    return false;
  }

  Rival& rival_;
  Key form_;
  std::string text_ = "v", out_, value_ = std::string(kValueBytes, 'v');
};

}  // namespace
}  // namespace larder::bench

int main(int argc, char** argv) {
  using namespace larder::bench;
  const std::map<std::string, Task> names = {{"driver", Task::driver}, {"get", Task::get},   {"set", Task::set},
                                             {"incr", Task::incr},     {"rate", Task::rate}, {"lock", Task::lock}};
  CLI::App app("Runs one operation of the store, for counting instructions.");
  Task task = Task::get;
  uint64_t operations = 0;
  app.add_option("task", task, "driver, get, set, incr, rate or lock")
      ->required()
      ->transform(CLI::CheckedTransformer(names));
  app.add_option("operations", operations, "operations after the warm-up")->required();
  CLI11_PARSE(app, argc, argv);

  const Servers servers(Servers::Programs::none);
  const std::unique_ptr<Rival> larder = open_larder(servers);
  Runner runner(*larder);
  if (task == Task::get && !runner.run(Task::set, kKeys)) fail("cannot fill the store", "larder");
  if (!runner.run(task, kKeys + operations)) fail("an operation failed: nothing to count", "larder");
  return 0;
}
