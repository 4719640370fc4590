#include "image/rooted_path.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

#include "temporary.h"

namespace veneer {
namespace {

namespace fs = std::filesystem;
using test::TemporaryDirectory;

class RootedPath : public testing::Test {
 protected:
  RootedPath() {
    fs::create_directories(top_.path() + "/root");
    fs::create_directories(top_.path() + "/outside");
    std::ofstream(top_.path() + "/outside/file") << "untouched";
    root_ = Fd(::open((top_.path() + "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  std::string in(const std::string& path) const { return top_.path() + "/root/" + path; }
  bool outside_is_untouched() const {
    int n = 0;
    for (const auto& entry : fs::directory_iterator(top_.path() + "/outside")) n += entry.exists();
    return n == 1;
  }

  TemporaryDirectory top_;
  Fd root_;
};

TEST_F(RootedPath, DirectoriesAreMade) {
  ASSERT_TRUE(make_directory_in_root(root_.get(), "/a/b//c/./d"));
  EXPECT_TRUE(fs::is_directory(in("a/b/c/d")));
}

TEST_F(RootedPath, DotsStayInside) {
  ASSERT_TRUE(make_directory_in_root(root_.get(), "/../../a/../../b"));
  EXPECT_TRUE(fs::is_directory(in("b")));
  EXPECT_TRUE(outside_is_untouched());
}

TEST_F(RootedPath, AbsoluteLinksStartAtTheRoot) {
  fs::create_symlink("/target", in("link"));
  ASSERT_TRUE(make_directory_in_root(root_.get(), "/link/new"));
  EXPECT_TRUE(fs::is_directory(in("target/new")));
}

TEST_F(RootedPath, LinksThatLeadOutStayInside) {
  fs::create_symlink(top_.path() + "/outside", in("absolute"));
  fs::create_symlink("../outside", in("relative"));
  for (const char* link : {"/absolute/new", "/relative/new"}) (void)make_directory_in_root(root_.get(), link);
  for (const char* link : {"/absolute/file2", "/relative/file2"}) (void)make_file_in_root(root_.get(), link);
  EXPECT_TRUE(outside_is_untouched());
}

TEST_F(RootedPath, ALinkAsTheLastPartLeadsOn) {
  fs::create_symlink("/elsewhere/file", in("link"));
  ASSERT_TRUE(make_file_in_root(root_.get(), "/link"));
  EXPECT_TRUE(fs::is_regular_file(in("elsewhere/file")));
}

TEST_F(RootedPath, TheSameNameAsItsLink) {
  // a/x -> x, which is beside it: the name comes twice, and is taken twice.
  fs::create_directories(in("a"));
  fs::create_symlink("b", in("a/x"));
  ASSERT_TRUE(make_directory_in_root(root_.get(), "/a/x/x"));
  EXPECT_TRUE(fs::is_directory(in("a/b/x")));
}

TEST_F(RootedPath, LoopsEnd) {
  fs::create_symlink("two", in("one"));
  fs::create_symlink("one", in("two"));
  EXPECT_FALSE(make_directory_in_root(root_.get(), "/one/new"));
  EXPECT_FALSE(make_file_in_root(root_.get(), "/one"));
}

TEST_F(RootedPath, LinksOfProcAreNotFollowed) {
  fs::create_symlink("/proc/self/root", in("link"));
  EXPECT_FALSE(open_in_root(root_.get(), "/link/etc"));
}

TEST_F(RootedPath, WritingFollowsNoLink) {
  fs::create_symlink("../outside/file", in("link"));
  EXPECT_TRUE(write_beneath(root_.get(), "link", "changed"));
  std::ifstream file(top_.path() + "/outside/file");
  std::string text;
  file >> text;
  EXPECT_EQ(text, "untouched");
}

}  // namespace
}  // namespace veneer
