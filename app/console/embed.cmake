# Writes a C++ file that holds the console's files as they are.
#
#   cmake -DOUTPUT=files.cpp -DPAGE=folder "-DFILES=index.html;main.js" -P embed.cmake

set(types_html "text/html; charset=utf-8")
set(types_css "text/css; charset=utf-8")
set(types_js "text/javascript; charset=utf-8")
set(types_svg "image/svg+xml")

set(arrays "")
set(table "")
list(LENGTH FILES count)
foreach(file IN LISTS FILES)
  get_filename_component(ending ${file} LAST_EXT)
  string(REGEX REPLACE "^\\." "" ending "${ending}")
  if(NOT types_${ending})
    message(FATAL_ERROR "${file}: a file of which type?")
  endif()
  set(path "/console/${file}")
  if(file STREQUAL "index.html")
    set(path "/")
  endif()
  file(READ ${PAGE}/${file} bytes HEX)
  string(LENGTH "${bytes}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(................................................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(MAKE_C_IDENTIFIER "${file}" name)
  string(APPEND arrays "constexpr char bytes_of_${name}[] = {\n${bytes}};\n")
  string(APPEND table "  {\"${path}\", \"${types_${ending}}\", {bytes_of_${name}, ${size}}},\n")
endforeach()

file(WRITE ${OUTPUT} "// Made by embed.cmake of the files in app/console/page.

#include \"app/console/console.hpp\"

#include <array>

namespace troupe::app {

namespace {

${arrays}
constexpr std::array<console_file, ${count}> files{{
${table}}};

} // namespace

std::span<const console_file> console_files() noexcept {
  return files;
}

} // namespace troupe::app
")
