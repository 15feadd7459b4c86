// clock.cc – see larder/mail/clock.h.
#include "larder/mail/clock.h"

#include "base/clock.h"

namespace larder::mail {

WallClock system_clock() { return base::unix_ms; }

}  // namespace larder::mail
