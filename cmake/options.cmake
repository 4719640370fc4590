# Compiler settings that every target of ours shares.
add_library(veneer_options INTERFACE)
target_compile_options(veneer_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough -Werror -fno-strict-aliasing)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(veneer_options INTERFACE -fconstexpr-steps=100000000
    -frounding-math -ffp-exception-behavior=strict)
else()
  target_compile_options(veneer_options INTERFACE -Wcast-align=strict -fconstexpr-ops-limit=1000000000)
endif()
target_compile_definitions(veneer_options INTERFACE $<$<CONFIG:Debug>:VENEER_DEBUG>)
if(VENEER_SANITIZE)
  set(sanitizers address,undefined)
  if(VENEER_SANITIZE STREQUAL "thread")
    set(sanitizers thread)
  endif()
  target_compile_options(veneer_options INTERFACE -fsanitize=${sanitizers} -fno-omit-frame-pointer)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC's own manual says of this warning that sanitizers make it err.
    target_compile_options(veneer_options INTERFACE -Wno-maybe-uninitialized -Wno-tsan)
  endif()
  target_link_options(veneer_options INTERFACE -fsanitize=${sanitizers})
endif()
