#include "zone/lasting/image_config.h"

#include <gtest/gtest.h>

namespace veneer::zone {
namespace {

constexpr const char* kPasswd =
    "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n77:x:5:6::/:/bin/sh\n";
constexpr const char* kGroup = "root:x:0:\nstaff:x:50:app\n";

TEST(ImageConfig, ReadsWhatIsThere) {
  Result<ImageConfig> c = read_image_config(
      R"({"config":{"Entrypoint":["/e"],"Cmd":["a","b"],"Env":["X=1"],"WorkingDir":"/w","User":"app"}})");
  ASSERT_TRUE(c);
  EXPECT_EQ(c->entrypoint, std::vector<std::string>{"/e"});
  EXPECT_EQ(c->command, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(c->environment, std::vector<std::string>{"X=1"});
  EXPECT_EQ(c->working_directory, "/w");
  EXPECT_EQ(c->user, "app");
  EXPECT_TRUE(read_image_config("{}"));
  EXPECT_TRUE(read_image_config(R"({"config":null})"));
}

TEST(ImageConfig, SaysWhatIsWrong) {
  for (const char* text :
       {"[", "[]", R"({"config":[]})", R"({"config":{"Cmd":"sh"}})", R"({"config":{"Env":[1]}})"}) {
    Result<ImageConfig> c = read_image_config(text);
    ASSERT_FALSE(c) << text;
    EXPECT_NE(c.error().message.find("the image is damaged"), std::string::npos) << text;
  }
}

TEST(ImageUser, NamesAndNumbers) {
  const auto ids = [](const char* user) {
    Result<UserIds> r = user_ids(user, kPasswd, kGroup);
    return r ? std::pair<s64, s64>(r->uid, r->gid) : std::pair<s64, s64>(-1, -1);
  };
  using P = std::pair<s64, s64>;
  EXPECT_EQ(ids("app"), P(1000, 1001));
  EXPECT_EQ(ids("1000"), P(1000, 1001));
  EXPECT_EQ(ids("app:staff"), P(1000, 50));
  EXPECT_EQ(ids("app:7"), P(1000, 7));
  EXPECT_EQ(ids("4242"), P(4242, 0));
  EXPECT_EQ(ids("4242:4343"), P(4242, 4343));
  EXPECT_EQ(ids("77"), P(5, 6));
  EXPECT_EQ(ids(":staff"), P(0, 50));
  EXPECT_EQ(ids("nobody-there"), P(-1, -1));
  EXPECT_EQ(ids("app:none"), P(-1, -1));
  EXPECT_EQ(ids("-1"), P(-1, -1));
  EXPECT_EQ(ids("99999999999"), P(-1, -1));
}

}  // namespace
}  // namespace veneer::zone
