// timetable.cc – keeps the next moment of each schedule.
#include "sidecar/timetable.h"

namespace larder::sidecar {

Timetable::Timetable(std::vector<config::Schedule> schedules, time_t now) : last_asked_(now) {
  for (config::Schedule& schedule : schedules) {
    const time_t next = config::next_run(schedule.cron, now);
    rows_.push_back({std::move(schedule), next});
  }
}

std::vector<config::Schedule> Timetable::due(time_t now) {
  std::vector<config::Schedule> result;
  const bool set_back = now < last_asked_;
  for (Row& row : rows_) {
    if (now >= row.next) result.push_back(row.schedule);
    if (now >= row.next || set_back) row.next = config::next_run(row.schedule.cron, now);
  }
  last_asked_ = now;
  return result;
}

}  // namespace larder::sidecar
