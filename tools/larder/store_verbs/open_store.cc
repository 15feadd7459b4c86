// open_store.cc – see open_store.h; and `larder store` itself.
#include "store_verbs/open_store.h"

#include <fmt/format.h>

#include "common/text.h"
#include "larder/mail/prefixes.h"

namespace larder::tools {

Result<OpenStore> open_store(const Program& program, const StoreVerb& options, bool write) {
  auto segment =
      Segment::attach(program.segment, {.directory = program.directory, .kind = "tool", .read_only = !write});
  if (!segment) return segment.error();
  auto store = segment->store(options.store);
  if (!store) return store.error();
  return OpenStore{std::move(*segment), std::move(*store)};
}

Result<std::string> key_from(const std::string& text, const StoreVerb& options, bool write) {
  if (options.escaped) return unescape(text);
  if (write)
    if (const Status free = mail::check_user_key(text); !free) return free.error();
  return text;
}

int explain(StoreStatus status, const OpenStore& open, const std::string& key) {
  const auto say = [&](Exit code, std::string_view what, std::string_view hint) {
    return report(code, fmt::format("store {}: key \"{}\" {}", open.store->name(), escape(key), what), hint);
  };
  switch (status) {
    case StoreStatus::ok: return kExitOk;
    case StoreStatus::absent: return say(kExitNegative, "is not there", "list keys: larder store scan");
    case StoreStatus::exists: return say(kExitNegative, "is there already", "leave --if-absent out to replace it");
    case StoreStatus::changed:
      return say(kExitNegative, "has another version by now", "look again: larder store get KEY");
    case StoreStatus::wrong_type:
      return say(kExitNegative, "holds a value, not a counter", "replace it: larder store del, then larder store incr");
    case StoreStatus::overflow:
      return say(kExitNegative, "would leave the range of 64 signed bits", "the counter is unchanged");
    case StoreStatus::full:
      return report(kExitNegative, open.store->full_text(), "remove something, or make it larger");
    case StoreStatus::too_large:
      return say(kExitNegative,
                 fmt::format("gets a value that does not fit: at most {} bytes do", open.store->max_value(key.size())),
                 "give the store larger pages");
    case StoreStatus::invalid_key:
      return say(kExitUsage, fmt::format("has {} bytes; 1 to {} are allowed", key.size(), kMaxKeyBytes),
                 "shorten it, or hash it");
    case StoreStatus::invalid_ttl:
      return say(kExitUsage, "gets no such time to live: 1 ms to ten years are allowed", "leave --ttl out for none");
    case StoreStatus::not_supported:
      return say(kExitUsage, "is in a store that cannot do that", "is it a static list?");
    case StoreStatus::read_only:
      return say(kExitNotFound, "cannot be changed: the segment is attached read-only",
                 "ask its owner for write permission");
    case StoreStatus::retired:
      return say(kExitNotFound, "is in a segment that was retired", "try again for its successor");
    case StoreStatus::detached:
      return report(kExitNotFound, open.segment.last_error(), "see who is attached: larder workers");
    case StoreStatus::unavailable: return say(kExitTimeout, "got no answer from the store", "is its server running?");
  }
  return say(kExitInternal, fmt::format("got the unexpected answer \"{}\"", to_string(status)), {});
}

std::string time_left(const std::optional<milliseconds>& ttl) { return ttl ? short_duration(ttl->count()) : "never"; }

CLI::App* store_verb(CLI::App& parent, Program& program, const std::string& name, const std::string& summary,
                     const std::string& examples, const std::shared_ptr<StoreVerb>& shared, std::function<int()> run) {
  CLI::App* verb = parent.add_subcommand(name, summary);
  if (!examples.empty()) verb->footer("Examples:\n" + examples);
  verb->add_option("--store", shared->store, "The store (default: the default one)");
  verb->callback([&program, run = std::move(run)] { program.action = run; });
  return verb;
}

void add_store(Program& program) {
  CLI::App* parent = program.app.add_subcommand("store", "Work on the in-memory store: records, locks, limits, bans");
  parent->require_subcommand(1);
  add_record_verbs(*parent, program);
  add_mail_verbs(*parent, program);
}

}  // namespace larder::tools
