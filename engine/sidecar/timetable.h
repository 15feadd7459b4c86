// timetable.h – which schedules are due.
//
// What it is    the schedules of a configuration with the next moment of each.
// Invariants    a schedule is due once for each of its moments; moments that passed while nobody asked (a suspended
//               machine) count once. A wall clock that is set back does not silence a schedule: its next moment is
//               sought anew.
// Concurrency   one thread.
// Crash         nothing here lives in the segment; a sidecar that starts waits for the next moments.
#pragma once

#include <ctime>
#include <vector>

#include "config/config.h"

namespace larder::sidecar {

class Timetable {
 public:
  Timetable(std::vector<config::Schedule> schedules, time_t now);
  /// The schedules whose moment has come; each waits for its next one from then on.
  std::vector<config::Schedule> due(time_t now);

 private:
  struct Row {
    config::Schedule schedule;
    time_t next;
  };
  std::vector<Row> rows_;
  time_t last_asked_;
};

}  // namespace larder::sidecar
