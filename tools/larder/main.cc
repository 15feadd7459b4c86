// main.cc – the tool `larder`: global options, verbs, usage errors.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "program.h"

namespace larder::tools {

CLI::App* Program::verb(const std::string& name, const std::string& summary, const std::string& examples,
                        std::function<int()> run) {
  CLI::App* sub = app.add_subcommand(name, summary);
  if (!examples.empty()) sub->footer("Examples:\n" + examples);
  sub->callback([this, run = std::move(run)] { action = run; });
  return sub;
}

Result<observe::Inspector> Program::inspect(const std::string& name) const {
  return observe::Inspector::open(name.empty() ? segment : name, directory);
}

namespace {

/// The verb that was being read when the command line went wrong; the program itself if none was.
const CLI::App& verb_in_question(const CLI::App& app) {
  for (const CLI::App* sub : app.get_subcommands()) {
    if (!sub->get_group().empty()) return verb_in_question(*sub);
  }
  return app;
}

std::string help_hint(const CLI::App& verb) {
  std::string words = verb.get_name();
  for (const CLI::App* parent = verb.get_parent(); parent != nullptr; parent = parent->get_parent())
    words.insert(0, parent->get_name() + " ");
  return words + " --help";
}

/// What is wrong with a command line.
std::string complaint(const CLI::App& app, const CLI::App& verb, const CLI::ParseError& error) {
  const bool group = verb.get_require_subcommand_min() > 0 && verb.get_subcommands().empty();
  if (!group || dynamic_cast<const CLI::RequiredError*>(&error) == nullptr) return error.what();
  const std::vector<std::string> words = app.remaining(true);
  return words.empty() ? fmt::format("{} needs a verb", verb.get_name())
                       : fmt::format("{} has no verb \"{}\"", verb.get_name(), words.front());
}

int run(int argc, char** argv) {
  Program program;
  CLI::App& app = program.app;
  app.name("larder");
  app.fallthrough();
  app.set_help_all_flag("--help-all", "Print the help of all verbs");
  app.get_formatter()->column_width(28);
  const char* usual = std::getenv("LARDER_SEGMENT");
  if (usual != nullptr && *usual != '\0') program.segment = usual;
  const CLI::Option* segment =
      app.add_option("--segment", program.segment, "Name of the segment (LARDER_SEGMENT)")->capture_default_str();
  app.add_option("--directory", program.directory, "Where segments live (default: /dev/shm)")->envname("LARDER_DIR");
  app.footer("Without a verb: lists the segments there are. `larder VERB --help` says more about each.");
  for (const auto add :
       {add_stat,      add_workers, add_get,         add_put,    add_del,           add_keys,   add_audit,
        add_policy,    add_advise,  add_create,      add_retire, add_conf,          add_doctor, add_dump,
        add_load_dump, add_load,    add_load_worker, add_replay, add_replay_worker, add_store,  add_resize}) {
    add(program);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    const CLI::App& verb = verb_in_question(app);
    return report(kExitUsage, complaint(app, verb, error), help_hint(verb));
  }
  program.segment_given = segment->count() > 0;
  return program.action ? program.action() : list_segments(program);
}

}  // namespace

}  // namespace larder::tools

int main(int argc, char** argv) {
  try {
    const int code = larder::tools::run(argc, argv);
    if (std::fflush(stdout) != 0) {
      return larder::tools::report(larder::tools::kExitInternal, "cannot write to standard output",
                                   "is the disk full or the reader gone?");
    }
    return code;
  } catch (const std::exception& error) {
    return larder::tools::report(larder::tools::kExitInternal, error.what(),
                                 "this is a fault of the tool; please report it");
  }
}
