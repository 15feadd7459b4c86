// users_test.cc – promise P25: who may attach, as three users see it: root, the owner, and somebody else.
//
// Needs root, to become the others; is skipped without.
#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/process.h"
#include "support/segments.h"

namespace larder::test {
namespace {

constexpr uid_t kOwner = 54'321, kOther = 54'322, kRoot = 0;
constexpr gid_t kGroup = 54'400, kNoGroup = 54'401;

struct Who {
  const char* name;
  uid_t user;
  gid_t group;
};
constexpr Who kWho[] = {{"root", kRoot, 0},
                        {"owner", kOwner, kNoGroup},
                        {"member of the group", kOther, kGroup},
                        {"stranger", kOther, kNoGroup}};

void become(const Who& who) {
  const bool done = setgroups(0, nullptr) == 0 && setresgid(who.group, who.group, who.group) == 0 &&
                    setresuid(who.user, who.user, who.user) == 0;
  ASSERT_TRUE(done);
}

class Users : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root, to become other users";
    ASSERT_EQ(chmod(directory_.path().c_str(), 01777), 0);  // as /dev/shm
  }
  /// The owner's segment, with this mode and the group kGroup.
  void make(mode_t mode) const {
    const Ending ending = in_child([this] {
      become(kWho[1]);
      create_segment(segment_options(directory_, {cache_options("main", 64 << 10)}));
      return 0;
    });
    ASSERT_TRUE(ending.ok()) << ending.text();
    ASSERT_EQ(chown(path().c_str(), kOwner, kGroup), 0);
    ASSERT_EQ(chmod(path().c_str(), mode), 0);
  }
  std::string path() const { return directory_ / kSegmentFile; }
  /// What attach answers to each, "ok" or the code.
  std::string answer_to(const Who& who, bool read_only = false) const {
    static constexpr int kOk = 100;
    const Ending ending = in_child([&] {
      become(who);
      const auto segment = Segment::attach("test", {.directory = directory_.path(), .read_only = read_only});
      return segment ? kOk : 101 + static_cast<int>(segment.error().code);
    });
    return ending.code == kOk  ? "ok"
           : ending.code > 100 ? to_string(static_cast<Code>(ending.code - 101))
                               : ending.text();
  }

  TempDirectory directory_;
};

TEST_F(Users, AreLetInAsTheModeSays) {
  struct Row {
    mode_t mode;
    const char* root;
    const char* owner;
    const char* member;
    const char* stranger;
  };
  constexpr Row kRows[] = {{0600, "ok", "ok", "permission", "permission"},
                           {0660, "ok", "ok", "ok", "permission"},
                           {0666, "permission", "permission", "permission", "permission"},
                           {0664, "permission", "permission", "permission", "permission"}};
  for (const Row& row : kRows) {
    make(row.mode);
    EXPECT_EQ(answer_to(kWho[0]), row.root) << std::oct << row.mode;
    EXPECT_EQ(answer_to(kWho[1]), row.owner) << std::oct << row.mode;
    EXPECT_EQ(answer_to(kWho[2]), row.member) << std::oct << row.mode;
    EXPECT_EQ(answer_to(kWho[3]), row.stranger) << std::oct << row.mode;
    ASSERT_EQ(unlink(path().c_str()), 0);
  }
  make(0640);
  EXPECT_EQ(answer_to(kWho[2], true), "ok") << "the group may look";
  EXPECT_EQ(answer_to(kWho[2], false), "permission") << "and not write";
}

// Somebody was faster and took the name: nobody takes what he made for a segment, and his file stays.
TEST_F(Users, WhoSquatTheNameGainNothing) {
  const Ending squatter = in_child([this] {
    become(kWho[3]);
    const int file = creat(path().c_str(), 0600);
    return file >= 0 && close(file) == 0 ? 0 : 1;
  });
  ASSERT_TRUE(squatter.ok()) << squatter.text();
  const Ending owner = in_child([this] {
    become(kWho[1]);
    const auto made = Segment::create(segment_options(directory_, {cache_options("main", 64 << 10)}));
    EXPECT_FALSE(made);
    if (!made) {
      EXPECT_EQ(made.error().code, Code::exists) << made.error().message;
    }
    EXPECT_FALSE(Segment::attach("test", {.directory = directory_.path()}));
    return 0;
  });
  EXPECT_TRUE(owner.ok()) << owner.text();
  struct stat facts {};
  ASSERT_EQ(stat(path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, kOther);
}

// A stranger's whole segment under the name: it would be his to read. Refused, also where the mode would let one in.
TEST_F(Users, DoNotTrustASegmentThatAStrangerMade) {
  make(0600);
  ASSERT_EQ(chown(path().c_str(), kOther, kNoGroup), 0);
  EXPECT_EQ(answer_to(kWho[1]), "permission");
}

}  // namespace
}  // namespace larder::test
