#include "program/guest_symbols.h"

#include <gtest/gtest.h>

namespace veneer {
namespace {

extern "C" __attribute__((noinline, used)) int veneer_test_function(int x) {
  return x + 1;
}

TEST(GuestSymbols, FunctionsHaveTheirNames) {
  GuestSymbols symbols;
  const auto at = reinterpret_cast<GuestAddr>(&veneer_test_function);  // NOLINT: its address
  EXPECT_EQ(symbols.name(at), "veneer_test_function");
  EXPECT_EQ(symbols.name(at + 1), "veneer_test_function+0x1");
}

TEST(GuestSymbols, WhatHasNoNameIsAnAddress) {
  GuestSymbols symbols;
  int here = 0;
  const auto at = reinterpret_cast<GuestAddr>(&here);  // NOLINT: an address
  EXPECT_TRUE(symbols.name(at).starts_with("guest 0x")) << symbols.name(at);
  EXPECT_EQ(symbols.name(0), "guest 0x0");
}

TEST(GuestSymbols, FilesThatAreNoElfFilesNameNothing) {
  EXPECT_TRUE(SymbolTable::read("/proc/self/cmdline").empty());
  EXPECT_TRUE(SymbolTable::read("/").empty());
  EXPECT_TRUE(SymbolTable::read("/no/such/file").empty());
  EXPECT_TRUE(SymbolTable::read("/dev/null").empty());
}

}  // namespace
}  // namespace veneer
