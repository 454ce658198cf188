# How this project declares its targets. Flags sit on one interface target, so that
# nothing is global and a third party never sees our warnings.

option(TROUPE_WERROR "Warnings are errors" OFF)
option(TROUPE_UNITY "Compile the modules several files at once: three times as fast" OFF)
option(TROUPE_FUZZ "Build the fuzz targets instead of the tests (clang, libFuzzer)" OFF)
set(TROUPE_SANITIZE "" CACHE STRING "For -fsanitize=: 'address,undefined', 'thread' or empty")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

add_library(troupe_flags INTERFACE)
target_include_directories(troupe_flags INTERFACE ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_definitions(troupe_flags INTERFACE TROUPE_VERSION="${PROJECT_VERSION}")
target_compile_options(troupe_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wconversion -Wno-sign-conversion)
# g++ 12 takes members of a std::variant that is not of their type for uninitialised.
target_compile_options(troupe_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
# ccache can serve a precompiled header only if the compiler does not record its time.
target_compile_options(troupe_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess> $<$<CXX_COMPILER_ID:Clang>:-Xclang -fno-pch-timestamp>)
if(TROUPE_WERROR)
  target_compile_options(troupe_flags INTERFACE -Werror)
endif()
if(TROUPE_SANITIZE)
  target_compile_options(troupe_flags INTERFACE -fsanitize=${TROUPE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(troupe_flags INTERFACE -fsanitize=${TROUPE_SANITIZE})
  if(TROUPE_SANITIZE STREQUAL "thread")
    target_compile_options(troupe_flags INTERFACE -Wno-tsan) # Asio uses a fence
  endif()
endif()
if(TROUPE_FUZZ)
  target_compile_options(troupe_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
find_program(LLD ld.lld)
if(LLD)
  target_link_options(troupe_flags INTERFACE -fuse-ld=lld)
endif()

# troupe_module(name SOURCES a.cpp ... [DEPENDS targets] [PRIVATE_DEPENDS targets] [PRECOMPILE headers])
# A static library troupe::name; DEPENDS is what its headers show.
function(troupe_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS;PRECOMPILE" ${ARGN})
  add_library(troupe_${name} STATIC ${arg_SOURCES})
  add_library(troupe::${name} ALIAS troupe_${name})
  target_link_libraries(troupe_${name} PUBLIC troupe_flags ${arg_DEPENDS} PRIVATE ${arg_PRIVATE_DEPENDS})
  if(TROUPE_UNITY)
    # Names in unnamed namespaces must differ from those of the neighbours.
    set_target_properties(troupe_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
    target_compile_options(troupe_${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
  if(arg_PRECOMPILE)
    target_precompile_headers(troupe_${name} PRIVATE ${arg_PRECOMPILE})
  endif()
endfunction()

# What a program built with the thread sanitizer needs to know of libraries that are not.
set(troupe_test_environment "")
if(TROUPE_SANITIZE STREQUAL "thread")
  set(troupe_test_environment
    "TSAN_OPTIONS=suppressions=${PROJECT_SOURCE_DIR}/tests/tsan.supp:ignore_noninstrumented_modules=1:halt_on_error=1")
endif()

# troupe_test(name SOURCES a_test.cpp ... DEPENDS targets [PRECOMPILE headers])
# One Catch2 program; ctest runs it whole, under the name unit.name.
function(troupe_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;LABELS;PRECOMPILE" ${ARGN})
  add_executable(${name}_test ${arg_SOURCES})
  target_link_libraries(${name}_test PRIVATE troupe_flags troupe_catch_main ${arg_DEPENDS})
  if(arg_PRECOMPILE)
    target_precompile_headers(${name}_test PRIVATE <catch2/catch.hpp> ${arg_PRECOMPILE})
  else()
    target_precompile_headers(${name}_test REUSE_FROM troupe_catch_main)
  endif()
  target_compile_definitions(${name}_test PRIVATE TROUPE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME unit.${name} COMMAND ${name}_test)
  set_tests_properties(unit.${name} PROPERTIES TIMEOUT 300 LABELS "unit;${arg_LABELS}"
    ENVIRONMENT "${troupe_test_environment}")
endfunction()

# troupe_fuzz(name SOURCES name_fuzz.cpp DEPENDS targets)
function(troupe_fuzz name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name}_fuzz ${arg_SOURCES})
  target_link_libraries(${name}_fuzz PRIVATE troupe_flags ${arg_DEPENDS})
  target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
endfunction()
