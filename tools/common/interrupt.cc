// interrupt.cc – the flag and its handler.
#include "common/interrupt.h"

#include <signal.h>

#include <initializer_list>

namespace larder::tools::interrupt {

namespace {

volatile sig_atomic_t flag = 0;

void raise_flag(int) { flag = 1; }

}  // namespace

void install() {
  struct sigaction action {};
  action.sa_handler = raise_flag;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

bool requested() { return flag != 0; }

}  // namespace larder::tools::interrupt
