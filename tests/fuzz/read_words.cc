// Short texts that people write: sizes, durations, rates, schedules, addresses, networks, patterns.
//
// What is understood is written again in its usual form, which must mean the same.
#include <fmt/format.h>

#include "backend/glob.h"
#include "config/cron.h"
#include "config/units.h"
#include "fuzz/targets.h"
#include "larder/mail/address.h"
#include "larder/mail/rate_limit.h"

namespace larder::fuzz {
namespace {

void read_units(std::string_view text) {
  if (const auto size = config::parse_size(text)) {
    const auto again = config::parse_size(config::format_size(*size));
    require(again && *again == *size, "a size is not the one that was written");
  }
  if (const auto duration = config::parse_duration(text)) {
    const auto again = config::parse_duration(config::format_duration(*duration));
    require(again && *again == *duration, "a duration is not the one that was written");
  }
  if (const auto duration = config::parse_optional_duration(text)) {
    const auto again = config::parse_optional_duration(config::format_optional_duration(*duration));
    require(again && *again == *duration, "an optional duration is not the one that was written");
  }
  if (const auto rate = config::parse_rate(text)) {
    const auto again = config::parse_rate(config::format_rate(*rate));
    require(again && *again == *rate, "a rate is not the one that was written");
  }
}

void read_schedule(std::string_view text) {
  const auto cron = config::parse_cron(text);
  if (!cron) return;
  const auto again = config::parse_cron(config::format_cron(*cron));
  require(again && *again == *cron, "a schedule is not the one that was written");
  constexpr time_t kNow = 1'700'000'000, kWeek = 8 * 86'400;
  const time_t next = config::next_run(*cron, kNow);
  require(next > kNow && next <= kNow + kWeek, "a schedule is not due within a week");
}

void read_address(const std::string& text) {
  if (const auto address = mail::IpAddress::parse(text)) {
    const auto again = mail::IpAddress::parse(address->text());
    require(again && *again == *address, "an address is not the one that was written");
  }
  if (const auto network = mail::Network::parse(text)) {
    const auto again = mail::Network::parse(network->text());
    require(again && again->text() == network->text(), "a network is not the one that was written");
  }
}

}  // namespace

/// The text, and for patterns its two halves around the first line end.
void read_words(std::string_view bytes) {
  bytes = bytes.substr(0, 512);
  const std::string text(bytes);
  read_units(text);
  read_schedule(text);
  read_address(text);
  (void)mail::parse_rate_key(text);
  const size_t line = text.find('\n');
  const std::string pattern = text.substr(0, line), subject = line == std::string::npos ? text : text.substr(line + 1);
  const bool matches = backend::glob_matches(pattern, subject);
  if (!backend::has_wildcard(pattern))
    require(matches == (backend::without_escapes(pattern) == subject), "a pattern without wildcards is not its text");
}

}  // namespace larder::fuzz
