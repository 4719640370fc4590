// One debugger's session with the program: the packets of GDB's remote serial protocol that gdb and LLDB send
// ("Debugging with GDB", appendix E; LLDB's docs/resources/lldbgdbremote.md).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "debug/host_io.h"
#include "debug/inferior.h"
#include "debug/packets.h"

namespace veneer::debug {

class Session {
 public:
  Session(Packets& packets, Inferior& inferior, const Sysroot& sysroot)
      : packets_(packets), inferior_(inferior), files_(inferior, sysroot), current_(inferior.process()) {}

  enum class End : u8 { Detached, Killed, Exited };
  // Until the debugger leaves or the program ends. `events`: readable when a child has something to tell.
  End run(int events);

 private:
  // --- packets; an empty reply says that one is not known
  std::optional<std::string> serve(std::string_view packet);
  std::string query(std::string_view packet);
  std::string set(std::string_view packet);
  std::string transfer(std::string_view packet);
  std::string point(std::string_view packet, bool insert);
  std::string read_memory(std::string_view packet);
  std::string write_memory(std::string_view packet, bool binary);
  std::string read_register(std::string_view packet);
  std::string write_register(std::string_view packet);
  std::string write_all_registers(std::string_view packet);
  std::string read_all_registers();
  std::string select(std::string_view packet);
  std::string threads_text() const;
  std::string memory_region(GuestAddr at);
  std::string process_info();
  std::optional<std::string> verbose(std::string_view packet);
  bool resume(std::string_view actions);
  bool resume_as_before_vcont(char action, std::string_view rest);

  std::string id_of(pid_t thread) const;
  std::string stop_reply(const StopEvent& event);

  Packets& packets_;
  Inferior& inferior_;
  HostIo files_;
  pid_t current_;        // of registers and memory: Hg
  pid_t continued_ = 0;  // of `c` and `s`: Hc; 0 is any
  bool running_ = false;
  bool passes_exec_ = false;      // the debugger knows stops of exec
  bool names_processes_ = false;  // and threads by process and thread
  std::optional<StopEvent> last_;
  std::map<int, bool> passed_;  // signals that the debugger does not want to hear of
  std::optional<End> end_;
};

}  // namespace veneer::debug
