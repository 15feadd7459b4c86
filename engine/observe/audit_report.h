// audit_report.h – collecting what the audit finds.
//
// What it is    Findings counts facts and keeps the first violations. A fact about a moving thing is checked again,
//               with a pause, before it counts: only what stays wrong is wrong.
// Concurrency   one audit, one thread.
// Crash         process-private.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "observe/inspector.h"

namespace larder::observe {

class Findings {
 public:
  explicit Findings(AuditReport& report) : report_(report) {}

  void enter(std::string cache) { cache_ = std::move(cache); }
  void in_flight() { ++report_.in_flight; }

  /// Counts a fact that holds or does not.
  template <class... Args>
  void expect(bool holds, const char* rule, fmt::format_string<Args...> detail, Args&&... args) {
    ++report_.checks;
    if (holds) return;
    ++report_.violation_count;
    if (report_.violations.size() < kKept)
      report_.violations.push_back({cache_, rule, fmt::format(detail, std::forward<Args>(args)...)});
  }

  /// Runs `wrong` (true = the fact fails) until it holds or has failed for a while. Where much is wrong it is not
  /// waited for each: an audit ends soon on any segment.
  template <class Test>
  bool stays_wrong(const Test& wrong) const {
    if (report_.violation_count >= kPatience) return wrong();
    for (int look = 0; look < kLooks; ++look) {
      if (!wrong()) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

 private:
  static constexpr size_t kKept = 1000;
  static constexpr int kLooks = 5;
  static constexpr uint64_t kPatience = 50;  ///< violations after which a fact that fails counts at once
  AuditReport& report_;
  std::string cache_;
};

void audit_queue(const ring::PageQueue& queue, const char* name, uint32_t pages, Findings& findings);
void audit_pages(const Inspector::Impl& seen, uint32_t number, Findings& findings);
void audit_budget(const Inspector::Impl& seen, uint32_t number, Findings& findings);
void audit_runs(const Inspector::Impl& seen, uint32_t number, Findings& findings);
void audit_walk(const Inspector::Impl& seen, uint32_t number, Findings& findings);
void audit_index(const Inspector::Impl& seen, uint32_t number, bool quiet, Findings& findings);
void audit_store(const Inspector::Impl& seen, uint32_t number, bool quiet, Findings& findings);

}  // namespace larder::observe
