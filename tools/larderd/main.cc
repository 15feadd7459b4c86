// main.cc – the program larderd: reads the command line and runs the sidecar.
//
// Exit codes    0 clean stop, 2 command line or configuration, 3 no permission or no space, 4 the file is no segment of
//               this layout, 5 the segment is damaged, 6 another larderd keeps it, 70 a system call failed.
#include <fcntl.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>

#include "common/exit.h"
#include "sidecar/daemon.h"
#include "sidecar/log.h"

namespace {

using larder::Code;
using larder::Status;
using larder::sidecar::DaemonOptions;

int run(const DaemonOptions& options) {
  if (options.ready_fd >= 0 && fcntl(options.ready_fd, F_GETFD) < 0) {
    larder::sidecar::log_line("--ready-fd {}: no such descriptor is open", options.ready_fd);
    return larder::tools::kExitUsage;
  }
  const Status status = larder::sidecar::Daemon::run(options);
  if (status) return larder::tools::kExitOk;
  larder::sidecar::log_error(status.error());
  if (status.error().code == Code::busy) return larder::tools::kExitTimeout;
  return larder::tools::exit_code(status.error().code);
}

int read_and_run(int argc, char** argv) {
  CLI::App app{
      "larderd keeps a Larder segment: creates or adopts it, expires entries, frees pages, buries dead workers.",
      "larderd"};
  DaemonOptions options;
  app.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app.add_option("--config", options.config_file, "configuration file (TOML); without it, the defaults");
  app.add_option("--segment", options.segment, "name of the segment, whatever the configuration says");
  app.add_option("--directory", options.directory, "directory of the segment, whatever the configuration says");
  app.add_flag("--wait", options.wait, "wait while another larderd keeps the segment, instead of ending with code 6");
  app.add_flag("--retire-on-exit", options.retire_on_exit, "retire the segment on SIGTERM or SIGINT");
  app.add_option("--ready-fd", options.ready_fd, "write \"ready\" to this descriptor once the segment is kept");
  app.set_version_flag("--version", LARDER_VERSION);
  app.footer(
      "SIGTERM or SIGINT stop it; the segment stays unless it is to be retired. SIGHUP reads the configuration again.\n"
      "Examples:\n"
      "  larderd --config /etc/larder/larder.toml\n"
      "  larderd --segment try --retire-on-exit");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? larder::tools::kExitOk : larder::tools::kExitUsage;
  }
  return run(options);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return read_and_run(argc, argv);
  } catch (const std::exception& error) {
    return larder::tools::report(larder::tools::kExitInternal, error.what(),
                                 "this is a fault of larderd; please report it");
  }
}
