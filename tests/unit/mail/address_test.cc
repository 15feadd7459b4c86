// address_test.cc – addresses, networks, and the list of those that are always allowed.
#include "larder/mail/address.h"

#include "unit/mail/mail_test.h"

namespace larder::mail {
namespace {

IpAddress ip(const std::string& text) {
  const auto address = IpAddress::parse(text);
  if (!address) throw std::runtime_error(address.error().message);
  return *address;
}

TEST(Address, ReadsAndPrintsBothKinds) {
  EXPECT_EQ(ip("192.0.2.1").bytes(), bytes({192, 0, 2, 1}));
  EXPECT_EQ(ip("192.0.2.1").text(), "192.0.2.1");
  EXPECT_TRUE(ip("192.0.2.1").is_v4());
  EXPECT_EQ(ip("2001:DB8:0:0::1").text(), "2001:db8::1");
  EXPECT_EQ(ip("2001:db8::1").bytes().size(), 16u);
  EXPECT_EQ(ip("::").bytes(), std::string(16, '\0'));
}

TEST(Address, AMappedOneIsItsIpv4Address) {
  EXPECT_EQ(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
  EXPECT_EQ(*IpAddress::from_bytes(ip("192.0.2.1").bytes()), ip("192.0.2.1"));
  EXPECT_EQ(*IpAddress::from_bytes(std::string(10, '\0') + bytes({255, 255, 192, 0, 2, 1})), ip("192.0.2.1"));
}

TEST(Address, RefusesWhatIsNone) {
  for (const char* text : {"", "192.0.2", "192.0.2.256", "192.0.2.1.1", "192.0.2.1 ", "192.0.2.1:25", "fe80::1%eth0",
                           "[::1]", "localhost", "1:2:3:4:5:6:7:8:9"}) {
    const auto address = IpAddress::parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_NE(address.error().message.find("\"" + std::string(text) + "\""), std::string::npos);
  }
  EXPECT_FALSE(IpAddress::parse(std::string_view("192.0.2.1\0x", 11)));
  EXPECT_FALSE(IpAddress::from_bytes("12345"));
  EXPECT_FALSE(IpAddress::from_bytes(""));
}

TEST(Networks, ContainTheirAddresses) {
  struct Case {
    const char* network;
    const char* address;
    bool inside;
  };
  for (const auto& [network, address, inside] : std::vector<Case>{{"192.0.2.0/24", "192.0.2.255", true},
                                                                  {"192.0.2.0/24", "192.0.3.0", false},
                                                                  {"192.0.2.128/25", "192.0.2.127", false},
                                                                  {"192.0.2.128/25", "192.0.2.128", true},
                                                                  {"192.0.2.1", "192.0.2.1", true},
                                                                  {"192.0.2.1", "192.0.2.2", false},
                                                                  {"0.0.0.0/0", "203.0.113.9", true},
                                                                  {"0.0.0.0/0", "::1", false},
                                                                  {"::/0", "::1", true},
                                                                  {"2001:db8::/32", "2001:db8:ffff::1", true},
                                                                  {"2001:db8::/33", "2001:db8:8000::1", false},
                                                                  {"2001:db8::1/128", "2001:db8::1", true},
                                                                  {"2001:db8::1/128", "2001:db8::2", false}}) {
    const auto parsed = Network::parse(network);
    ASSERT_TRUE(parsed) << network << ": " << parsed.error().message;
    EXPECT_EQ(parsed->contains(ip(address)), inside) << address << " in " << network;
  }
  EXPECT_EQ(Network::parse("192.0.2.1")->text(), "192.0.2.1/32");
}

TEST(Networks, RefuseWhatIsNone) {
  for (const char* text : {"", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/24x", "192.0.2.1/24",
                           "2001:db8::/129", "2001:db8::1/64", "example.org/24"}) {
    EXPECT_FALSE(Network::parse(text)) << text;
  }
}

TEST(Allowed, LoopbackAlwaysIs) {
  const AllowList nothing;
  EXPECT_TRUE(nothing.contains(ip("127.0.0.1")));
  EXPECT_TRUE(nothing.contains(ip("::1")));
  EXPECT_TRUE(nothing.contains(ip("::ffff:127.0.0.1")));
  EXPECT_FALSE(nothing.contains(ip("127.0.0.2")));
}

TEST(Allowed, NetworksOfTheListAre) {
  const std::vector<std::string> texts{"10.0.0.0/8", "2001:db8::5"};
  const auto list = AllowList::parse(texts);
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->contains(ip("10.1.2.3")));
  EXPECT_TRUE(list->contains(ip("2001:db8::5")));
  EXPECT_TRUE(list->contains(ip("127.0.0.1")));
  EXPECT_FALSE(list->contains(ip("11.0.0.1")));
  const std::vector<std::string> bad{"10.0.0.0/8", "10.0.0.1/8"};
  ASSERT_FALSE(AllowList::parse(bad));
  EXPECT_NE(AllowList::parse(bad).error().message.find("10.0.0.1/8"), std::string::npos);
}

}  // namespace
}  // namespace larder::mail
