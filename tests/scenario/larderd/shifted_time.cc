// shifted_time.cc – a library that larderd is started with: its wall clock is $LARDER_TEST_SHIFT seconds ahead, so that
// a test meets a schedule without waiting for it.
#include <cstdlib>
#include <ctime>

extern "C" time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const char* shift = std::getenv("LARDER_TEST_SHIFT");
  const time_t shifted = now.tv_sec + (shift == nullptr ? 0 : std::atol(shift));
  if (out != nullptr) *out = shifted;
  return shifted;
}
