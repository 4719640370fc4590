#include "debug/packets.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "debug/signals.h"

namespace veneer::debug {
namespace {

struct Wire {
  Wire() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    here = Fd(ends[0]);
    packets.emplace(Fd(ends[1]));
  }
  void say(std::string_view text) { EXPECT_TRUE(write_all(here.get(), text)); }
  std::string hear() {
    char buffer[4096];
    const ssize_t n = ::recv(here.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    return {buffer, n > 0 ? static_cast<usize>(n) : 0};
  }
  std::optional<std::string> next() {
    EXPECT_TRUE(packets->receive());
    return packets->next();
  }

  Fd here;
  std::optional<Packets> packets;
};

TEST(Packets, AWholeOneIsAcknowledged) {
  Wire wire;
  wire.say("$g#67");
  EXPECT_EQ(wire.next(), "g");
  EXPECT_EQ(wire.hear(), "+");
}

TEST(Packets, OneThatComesInPartsIsWaitedFor) {
  Wire wire;
  wire.say("$m10,");
  EXPECT_EQ(wire.next(), std::nullopt);
  wire.say("4#2");
  EXPECT_EQ(wire.next(), std::nullopt);
  wire.say("e");
  EXPECT_EQ(wire.next(), "m10,4");
}

TEST(Packets, AWrongSumIsAskedForAgain) {
  Wire wire;
  wire.say("$g#00$g#67");
  EXPECT_EQ(wire.next(), "g");
  EXPECT_EQ(wire.hear(), "-+");
}

TEST(Packets, EscapesAreUndone) {
  Wire wire;
  const std::string data = "X0,1:}\x03";  // a '#'
  u8 sum = 0;
  for (const char c : data) sum = static_cast<u8>(sum + static_cast<u8>(c));
  char tail[4];
  std::snprintf(tail, sizeof tail, "#%02x", sum);
  wire.say("$" + data + tail);
  EXPECT_EQ(wire.next(), "X0,1:#");
  EXPECT_EQ(escaped("a#$}*"), "a}\x03}\x04}]}\x0a");
}

TEST(Packets, TheInterruptIsAByteOfItsOwn) {
  Wire wire;
  wire.say("+\x03$?#3f");
  EXPECT_EQ(wire.next(), Packets::kInterrupt);
  EXPECT_EQ(wire.packets->next(), "?");
}

TEST(Packets, WhatDidNotArriveIsSentAgain) {
  Wire wire;
  EXPECT_TRUE(wire.packets->send("OK"));
  EXPECT_EQ(wire.hear(), "$OK#9a");
  wire.say("-");
  EXPECT_EQ(wire.next(), std::nullopt);
  EXPECT_EQ(wire.hear(), "$OK#9a");
}

TEST(Packets, TheDebuggersLeavingIsTold) {
  Wire wire;
  wire.here.reset();
  EXPECT_FALSE(wire.packets->receive());
}

TEST(Packets, HexIsStrict) {
  EXPECT_EQ(from_hex("0aFf"), std::string("\x0a\xff"));
  EXPECT_EQ(from_hex("0"), std::nullopt);
  EXPECT_EQ(from_hex("0g"), std::nullopt);
}

TEST(Packets, ThreadsAreNamedInEachWay) {
  for (const auto& [text, id] : {std::pair<std::string_view, std::optional<s64>>{"1f", 31},
                                 {"-1", -1},
                                 {"0", 0},
                                 {"p10.1f", 31},
                                 {"p10.-1", -1},
                                 {"p10", -1},
                                 {"p-1.-1", -1},
                                 {"x", std::nullopt}}) {
    std::string_view rest = text;
    EXPECT_EQ(take_thread(rest), id) << text;
  }
}

TEST(DebugSignals, NumbersGoThereAndBack) {
  EXPECT_EQ(signal_to_gdb(SIGUSR1), 30);
  EXPECT_EQ(signal_to_gdb(SIGCHLD), 20);
  for (int signal = 1; signal <= 64; signal++) {
    if (signal == SIGSTKFLT) continue;  // has no number there
    EXPECT_EQ(signal_from_gdb(signal_to_gdb(signal)), signal);
  }
  EXPECT_EQ(signal_from_gdb(9999), 0);
}

}  // namespace
}  // namespace veneer::debug
