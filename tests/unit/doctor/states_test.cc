// states_test.cc – each state a segment, its file, its people and its place can be in, and what the doctor says of it.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>

#include "segment/layout.h"
#include "unit/doctor/doctor_test.h"

namespace larder::test {
namespace {

using segment::SegmentState;
using segment::Superblock;

using Doctor = DoctorTest;

TEST_F(Doctor, OfASegmentThatIsKeptHasNothingToSay) {
  create_segment(options());
  const Process larderd([this]() -> int {
    auto keeper = sidecar::Keeper::take(attach_segment(directory_.path(), "larderd"));
    for (;;) {
      keeper->run_cycle();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  while (figures_of(directory_.path()).sidecar_cycles == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const Diagnosis diagnosis = ask();
  for (const Finding& finding : diagnosis.findings)
    EXPECT_LE(finding.verdict, Verdict::notice) << finding.check << ": " << finding.what;
  expect(diagnosis, "larderd", Verdict::ok, "rounds of upkeep", "", "");
  expect(diagnosis, "audit", Verdict::ok, "facts hold", "", "");
}

TEST_F(Doctor, ChangesNoByte) {
  create_segment(options());
  const std::string before = content();
  ask();
  EXPECT_EQ(content(), before);
  EXPECT_EQ(directory_.files(), std::vector<std::string>{kSegmentFile});
}

TEST_F(Doctor, WithoutASegmentSaysWhatThereIsAndHowToMakeOne) {
  expect(ask(), "segment", Verdict::error, "there is no segment test", "none is there", "larder create test");
  SegmentOptions other = options();
  other.name = "other";
  create_segment(other);
  expect(ask(), "segment", Verdict::error, "there is no segment test", "there is other", "larderd --segment test");
  expect(ask(), "audit", Verdict::skipped, "", "", "");
}

TEST_F(Doctor, OfNoDirectoryAndOfAFileInItsPlace) {
  Diagnosis diagnosis = doctor::diagnose({"test", directory_ / "nothing", {}});
  expect(diagnosis, "directory", Verdict::error, "No such file", "names a place that is not there", "--directory");
  expect(diagnosis, "segment", Verdict::error, "no segment test", "", "");
  std::ofstream(directory_ / "file") << "x";
  diagnosis = doctor::diagnose({"test", directory_ / "file", {}});
  expect(diagnosis, "directory", Verdict::error, "is not a directory", "", "--directory");
  diagnosis = doctor::diagnose({"test", "/proc", {}});
  EXPECT_TRUE(says(diagnosis, Verdict::notice, "not in memory"));
}

TEST_F(Doctor, NamesEachWayAFileCanBeWrong) {
  create_segment(options());
  const std::string right = content();
  const auto with = [&](size_t offset, auto word) {
    std::string wrong = right;
    std::memcpy(wrong.data() + offset, &word, sizeof word);
    write(wrong);
    return ask();
  };
  expect(with(offsetof(Superblock, magic), uint64_t{1}), "segment", Verdict::error, "not a Larder segment",
         "something else was given this name", "something else");
  expect(with(offsetof(Superblock, layout), uint32_t{99}), "segment", Verdict::error, "layout 99", "another version",
         "larder remove");
  expect(with(offsetof(Superblock, abi), uint32_t{99}), "segment", Verdict::error, "other sizes", "another version",
         "larder remove");
  expect(with(offsetof(Superblock, checksum), uint64_t{1}), "segment", Verdict::error, "checksum", "wrote over it",
         "larder remove");
  expect(with(offsetof(Superblock, state), uint64_t(SegmentState::building)), "segment", Verdict::error,
         "never finished", "being made", "larder remove");
  expect(with(offsetof(Superblock, state), uint64_t(SegmentState::retired)), "segment", Verdict::warning, "is retired",
         "nobody can attach", "larder remove test");
  for (const size_t length : {size_t{0}, size_t{100}, sizeof(Superblock), right.size() / 2, right.size() - 1}) {
    write(right.substr(0, length));
    expect(ask(), "segment", Verdict::error, "", length == 0 ? "something else" : "shortened",
           length == 0 ? "" : "remove");
  }
  write(right);
  expect(ask(), "segment", Verdict::ok, "layout", "", "");
}

TEST_F(Doctor, OfAFileThatIsOpenToEverybody) {
  create_segment(options());
  ASSERT_EQ(chmod(path().c_str(), 0606), 0);
  const Diagnosis diagnosis = ask();
  expect(diagnosis, "segment", Verdict::error, "lets everybody in", "owner and mode", "chmod o=");
  expect(diagnosis, "access", Verdict::error, "mode 0606 lets everybody in", "changed its mode", "chmod o= ");
}

TEST_F(Doctor, OfAFileOfSomebodyElse) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root to make one";
  create_segment(options());
  const Ending ending = in_child([this] {
    if (chmod(directory_.path().c_str(), 0755) != 0 || setgid(12345) != 0 || setuid(12345) != 0) return 1;
    const Diagnosis diagnosis = ask();
    expect(diagnosis, "segment", Verdict::error, "Permission denied", "owner and mode decide", "ls -l");
    expect(diagnosis, "access", Verdict::notice, "uid 12345 may not work", "owner and mode", "0660");
    expect(diagnosis, "directory", Verdict::warning, "uid 12345 may not make files", "mode is 0755", "run larderd as");
    return 0;
  });
  EXPECT_TRUE(ending.ok()) << ending.text();
}

TEST_F(Doctor, OfWhatIsNoFile) {
  ASSERT_EQ(mkdir(path().c_str(), 0700), 0);
  expect(ask(), "segment", Verdict::error, "not a regular file", "something else", "");
  ASSERT_EQ(rmdir(path().c_str()), 0);
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  expect(ask(), "segment", Verdict::error, "not a regular file", "something else", "");
}

TEST_F(Doctor, WithoutLarderdSaysWhatIsMissedThereby) {
  create_segment(options());
  expect(ask(), "larderd", Verdict::warning, "nobody keeps the segment", "expiry stays exact",
         "larderd --segment test");
}

TEST_F(Doctor, OfALarderdThatStandsStill) {
  const auto keeper = sidecar::Keeper::take(create_segment(options()));
  ASSERT_TRUE(keeper);
  expect(ask(), "larderd", Verdict::warning, "made no round of upkeep in 400 ms", "interval", "kill ");
}

/// A worker that waits for ever; in the middle of a read of "key" if `pinned`.
Process start_worker(const Segment& segment, const std::string& directory, const std::string& kind, bool pinned) {
  const Cache cache = open_cache(segment, "main");
  (void)cache.remove("ready");
  Process worker([&]() -> int {
    const Cache own = open_cache(attach_segment(directory, kind), "main");
    const View view = pinned ? own.view("key") : View();
    (void)own.put("ready", "yes");
    for (;;) pause();
  });
  while (!cache.contains("ready")) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return worker;
}

TEST_F(Doctor, OfStoppedWorkersSaysWhoHoldsWhat) {
  const Segment segment = create_segment(options());
  ASSERT_EQ(open_cache(segment, "main").put("key", "value"), PutResult::stored);
  const Process holder = start_worker(segment, directory_.path(), "imap", true);
  const Process idler = start_worker(segment, directory_.path(), "smtp", false);
  holder.signal(SIGSTOP);
  idler.signal(SIGSTOP);
  // A signal takes effect some time after it was sent.
  Diagnosis diagnosis = ask();
  for (int look = 0; look < 100 && !(says(diagnosis, Verdict::warning, "imap in slot 1") &&
                                     says(diagnosis, Verdict::notice, "smtp in slot 2"));
       ++look)
    diagnosis = ask();
  expect(diagnosis, "workers", Verdict::warning, "imap in slot 1", "out of circulation",
         "kill -CONT " + std::to_string(holder.pid()));
  expect(diagnosis, "workers", Verdict::warning, "is stopped and holds 1 pages", "", "");
  EXPECT_TRUE(says(diagnosis, Verdict::notice, "smtp in slot 2"));
}

TEST_F(Doctor, OfDeadWorkersSaysWhoBuriesThem) {
  const Segment segment = create_segment(options());
  Process worker = start_worker(segment, directory_.path(), "jmap", false);
  worker.kill();
  expect(ask(), "workers", Verdict::warning, "1 dead workers are not buried, first jmap", "nobody keeps the segment",
         "larderd --segment test");
  const auto keeper = sidecar::Keeper::take(segment);
  ASSERT_TRUE(keeper);
  expect(ask(), "workers", Verdict::warning, "1 dead workers", "larderd does not get to it", "log of larderd");
  EXPECT_EQ(segment.bury_dead(), 1u);
  expect(ask(), "workers", Verdict::ok, "1 attached", "", "");
}

TEST_F(Doctor, OfPlacesThatRunOut) {
  SegmentOptions few = options();
  few.workers = 2;
  few.threads = 100;
  const Segment one = create_segment(few);
  expect(ask(), "places", Verdict::ok, "1 of 2 workers", "", "");
  const Segment two = attach_segment(directory_.path());
  expect(ask(), "places", Verdict::error, "all 2 places for workers are taken", "next one is refused",
         "segment.workers");
}

TEST_F(Doctor, OfFormerSegmentsThatAreStillUsed) {
  const Segment former = create_segment(options());
  ASSERT_TRUE(former.retire());
  const Segment segment = create_segment(options());
  expect(ask(), "retired", Verdict::notice,
         "1 processes use a former segment of this name (pid " + std::to_string(getpid()), "not attached again",
         "restart them");
}

TEST_F(Doctor, OfNeighboursThatNobodyCanUse) {
  create_segment(options());
  const std::string broken = directory_ / "broken.larder";
  std::ofstream(broken) << "not a segment";
  std::filesystem::permissions(broken, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  expect(ask(), "others", Verdict::notice, "nobody can use broken", "not a Larder segment", "larder doctor broken");
}

}  // namespace
}  // namespace larder::test
