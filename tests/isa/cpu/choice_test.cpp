#include "isa/cpu/choice.h"

#include <gtest/gtest.h>

namespace veneer::isa {
namespace {

constexpr FeatureLine kLines[] = {
    {"base", "", "", ""},          {"float", "", "", ""},
    {"double", "", "float", ""},   {"short", "", "", "short_integer short_double"},
    {"short_integer", "", "", ""}, {"short_double", "", "short_integer double", ""},
    {"half", "fp16", "", ""},      {"halves", "fp16", "half", ""}};
constexpr FeatureGroup kModels[] = {
    {"small", "base"}, {"big", "base double short"}, {"new", "base later soon"}};
constexpr FeatureGroup kGroups[] = {{"fp", "float double"}};
constexpr FeatureGroup kSettings[] = {{"width", "1 2"}};
constexpr Catalogue kCatalogue = {"toy", kLines, "base", kModels, kGroups, kSettings, nullptr};

std::string chosen(std::string_view text) {
  const Result<Choice> choice = choose(kCatalogue, text);
  return choice ? names(kCatalogue, choice->features, " ") : choice.error().message;
}
void expect_refused(std::string_view text, std::string_view why) {
  const Result<Choice> choice = choose(kCatalogue, text);
  ASSERT_FALSE(choice) << text;
  EXPECT_EQ(choice.error().status, 125);
  EXPECT_NE(choice.error().message.find(why), std::string::npos) << choice.error().message;
}

TEST(CpuChoice, ModelsWithMoreOrLess) {
  EXPECT_EQ(chosen("small"), "base");
  EXPECT_EQ(chosen("small,float"), "base float");
  EXPECT_EQ(chosen("max,nohalves"), "base float double short short_integer short_double half");
  EXPECT_EQ(chosen("small,fp"), "base float double");
  EXPECT_EQ(chosen("small,fp16"), "base half halves");
}

TEST(CpuChoice, WhatIsAddedBringsWhatItNeeds) {
  EXPECT_EQ(chosen("small,double"), "base float double");
  EXPECT_EQ(chosen("small,halves"), "base half halves");
}

TEST(CpuChoice, WhatIsRemovedTakesAlongWhatNeedsIt) {
  EXPECT_EQ(chosen("big,nofloat"), "base short short_integer");
  EXPECT_EQ(chosen("max,nofp16"), "base float double short short_integer short_double");
  EXPECT_EQ(chosen("max,nofp"), "base short short_integer half halves");
}

TEST(CpuChoice, PartsAreThereAsFarAsTheyCanBe) {
  EXPECT_EQ(chosen("small,short"), "base short short_integer");
  EXPECT_EQ(chosen("big"), "base float double short short_integer short_double");
  EXPECT_EQ(chosen("big,noshort"), "base float double");
  EXPECT_EQ(chosen("big,noshort_double"), "base float double short_integer");
}

TEST(CpuChoice, MistakesAreNamed) {
  expect_refused("tiny", "'tiny' is no CPU of toy");
  expect_refused("small,flaot", "'flaot'");
  expect_refused("small,noflaot", "'noflaot'");
  expect_refused("small,double,nofloat", "'double' was asked for");
  expect_refused("small,double,nodouble", "exclude each other");
  expect_refused("small,nobase", "every CPU of toy has base");
  expect_refused("new", "later soon are missing");
  expect_refused("small,depth=3", "'depth' is no setting");
  expect_refused("small,width=3", "one of 1 2");
}

TEST(CpuChoice, SettingsAreHandedOn) {
  const Result<Choice> choice = choose(kCatalogue, "small,width=2");
  ASSERT_TRUE(choice);
  ASSERT_EQ(choice->settings.size(), 1u);
  EXPECT_EQ(choice->settings[0], std::pair(std::string("width"), std::string("2")));
}

TEST(CpuChoice, MaxIsOfWhoKnowsWhatFollows) {
  EXPECT_TRUE(is_of(kCatalogue, "max"));
  EXPECT_TRUE(is_of(kCatalogue, "max,nofloat"));
  EXPECT_FALSE(is_of(kCatalogue, "max,zba"));
  EXPECT_TRUE(is_of(kCatalogue, "small,zba"));
  EXPECT_FALSE(is_of(kCatalogue, "rv64gc"));
}

}  // namespace
}  // namespace veneer::isa
