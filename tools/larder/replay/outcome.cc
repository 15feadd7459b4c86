// outcome.cc – words and JSON fields of a replay's outcome.
#include "replay/outcome.h"

#include <fmt/format.h>

#include "common/json.h"
#include "common/text.h"

namespace larder::tools {

namespace {

double share(uint64_t part, uint64_t all) { return all > 0 ? double(part) / double(all) : 0; }

std::string quantiles(const char* call, const Histogram& histogram) {
  if (histogram.count() == 0) return {};
  return fmt::format(
      "  {:<11} p50 {:>9}   p99 {:>9}   p99.9 {:>9}\n", call, short_nanoseconds(double(histogram.quantile(0.5))),
      short_nanoseconds(double(histogram.quantile(0.99))), short_nanoseconds(double(histogram.quantile(0.999))));
}

void append_quantiles(Json& json, const char* name, const Histogram& histogram) {
  json.begin_object(name).field("p50", histogram.quantile(0.5)).field("p99", histogram.quantile(0.99));
  json.field("p999", histogram.quantile(0.999)).end_object();
}

double per_second_in_calls(const Outcome& outcome) {
  const double seconds = double(outcome.sum.call_ns) / 1e9 / outcome.workers;
  return seconds > 0 ? double(outcome.sum.requests) / seconds : 0;
}

}  // namespace

std::string outcome_text(const Outcome& outcome, const Stage& stage) {
  const ReplayFigures& sum = outcome.sum;
  std::string text =
      fmt::format("{}: {} requests for {} keys ({}) by {} worker{}, cache of {} in {} pages\n", outcome.file,
                  grouped(sum.requests), grouped(stage.survey().keys), long_bytes(stage.working_set()), outcome.workers,
                  outcome.workers == 1 ? "" : "s", long_bytes(outcome.after.budget), grouped(outcome.after.pages));
  const auto line = [&](const char* name, uint64_t count, const std::string& more) {
    text += fmt::format("  {:<11} {:>13}  {}\n", name, grouped(count), more);
    text.erase(text.find_last_not_of(" \n") + 1);
    text += '\n';
  };
  line("hits", sum.hits, fmt::format("{:.3f} %", 100 * share(sum.hits, sum.requests)));
  line("misses", sum.misses, fmt::format("{:.3f} %", 100 * share(sum.misses, sum.requests)));
  line("evictions", outcome.evictions(), "");
  if (sum.too_large > 0) line("too large", sum.too_large, "values longer than the cache takes");
  if (sum.no_room > 0) line("no room", sum.no_room, "puts refused");
  if (sum.failed > 0) line("failed", sum.failed, "calls answered neither way");
  text += fmt::format("  {:<11} {} requests/s in {:.2f} s; {} /s counting only the calls\n", "throughput",
                      short_number(double(sum.requests) / outcome.seconds), outcome.seconds,
                      short_number(per_second_in_calls(outcome)));
  text += quantiles("get", sum.get_ns) + quantiles("put", sum.put_ns);
  text += fmt::format("  {:<11} each time includes about {} ns of the timer\n", "", sum.timer_ns);
  text += fmt::format("  {:<11} at most {} of keys and values in {} entries", "held", long_bytes(outcome.peak_payload),
                      grouped(outcome.peak_entries));
  if (stage.target() > 0) text += fmt::format(" ({} asked for)", long_bytes(stage.target()));
  return text + "\n";
}

std::string outcome_json(const Outcome& outcome, const Stage& stage) {
  const ReplayFigures& sum = outcome.sum;
  Json json;
  json.begin_object().field("file", outcome.file).field("workers", outcome.workers);
  json.field("requests", sum.requests).field("hits", sum.hits).field("misses", sum.misses);
  json.field("hit_ratio", share(sum.hits, sum.requests)).field("miss_ratio", share(sum.misses, sum.requests));
  json.field("stored", sum.stored).field("too_large", sum.too_large).field("no_room", sum.no_room);
  json.field("failed", sum.failed).field("evictions", outcome.evictions());
  json.field("promotions", outcome.since(Counter::promotions)).field("ghost_hits", outcome.since(Counter::ghost_hits));
  json.field("moved_bytes", outcome.since(Counter::moved_bytes));
  json.field("working_set_keys", stage.survey().keys).field("working_set_bytes", stage.working_set());
  json.field("unit_size", stage.survey().unit_size).field("target_bytes", stage.target());
  json.field("budget_bytes", outcome.after.budget).field("page_bytes", outcome.after.page_bytes);
  json.field("pages", outcome.after.pages).field("peak_payload_bytes", outcome.peak_payload);
  json.field("peak_entries", outcome.peak_entries).field("seconds", outcome.seconds);
  json.field("requests_per_second", double(sum.requests) / outcome.seconds);
  json.field("requests_per_second_in_calls", per_second_in_calls(outcome));
  append_quantiles(json, "get_ns", sum.get_ns);
  append_quantiles(json, "put_ns", sum.put_ns);
  json.field("timer_ns", sum.timer_ns);
  return json.end_object().text();
}

}  // namespace larder::tools
