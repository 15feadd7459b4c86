// guarded_test.cc – what runs in a child is heard, and its end is known, however it ends.
#include "os/guarded.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

namespace larder::test {
namespace {

using os::GuardedEnd;
using std::chrono::milliseconds;

struct Heard {
  GuardedEnd end;
  std::vector<std::string> texts;
};

Heard run(const std::function<void(const os::Say&)>& work, milliseconds limit = milliseconds(60'000)) {
  Heard heard;
  heard.end = os::run_guarded(work, limit, [&](std::string_view text) { heard.texts.emplace_back(text); });
  return heard;
}

TEST(Guarded, WhatIsSaidIsHeardInOrder) {
  const std::string zeros("a\0b", 3), large(300'000, 'x');
  const Heard heard = run([&](const os::Say& say) {
    for (const std::string& text : {std::string("first"), std::string(), zeros, large}) say(text);
  });
  EXPECT_EQ(heard.end.how, GuardedEnd::finished);
  EXPECT_EQ(heard.texts, (std::vector<std::string>{"first", "", zeros, large}));
}

TEST(Guarded, ASignalEndsOnlyTheChild) {
  for (const int number : {SIGSEGV, SIGBUS, SIGKILL, SIGABRT}) {
    const Heard heard = run([&](const os::Say& say) {
      say("before");
      raise(number);
      say("after");
    });
    EXPECT_EQ(heard.end.how, GuardedEnd::signalled);
    EXPECT_EQ(heard.end.signal, number);
    EXPECT_EQ(heard.texts, std::vector<std::string>{"before"});
  }
  EXPECT_EQ(os::signal_name(SIGBUS), "SIGBUS");
}

TEST(Guarded, WhoIsSilentTooLongIsEnded) {
  const Heard heard = run(
      [](const os::Say& say) {
        say("before");
        for (;;) pause();
      },
      milliseconds(50));
  EXPECT_EQ(heard.end.how, GuardedEnd::out_of_time);
  EXPECT_EQ(heard.texts, std::vector<std::string>{"before"});
}

TEST(Guarded, WhoSpeaksHasTime) {
  const Heard heard = run(
      [](const os::Say& say) {
        for (int i = 0; i < 20; ++i) {
          usleep(20'000);
          say("still here");
        }
      },
      milliseconds(10'000));
  EXPECT_EQ(heard.end.how, GuardedEnd::finished);
  EXPECT_EQ(heard.texts.size(), 20u);
}

}  // namespace
}  // namespace larder::test
