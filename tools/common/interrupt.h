// interrupt.h – Ctrl-C and SIGTERM as a question a loop may ask.
//
// What it is    after install(), SIGINT, SIGTERM and SIGHUP set a flag instead of ending the process, so that a tool
//               can end its children, remove what it made and print its summary.
// Invariants    the handler only stores one flag; system calls are interrupted (EINTR), not restarted.
// Concurrency   install() once, from the main thread, before threads and children are made.
// Crash         nothing is shared.
#pragma once

namespace larder::tools::interrupt {

void install();
/// True once one of the signals arrived.
bool requested();

}  // namespace larder::tools::interrupt
