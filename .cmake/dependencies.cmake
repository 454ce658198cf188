# What Debian 12 brings. Headers of third parties are system headers: our warnings
# are about our code.

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(prometheus-cpp REQUIRED)

# The CAF package ships neither a CMake package nor pkg-config files.
find_path(CAF_INCLUDE caf/config.hpp REQUIRED)
file(STRINGS ${CAF_INCLUDE}/caf/config.hpp CAF_VERSION_LINE REGEX "#define CAF_VERSION ")
if(NOT CAF_VERSION_LINE MATCHES "1706")
  message(FATAL_ERROR "Troupe is written for CAF 0.17.6, found: ${CAF_VERSION_LINE}")
endif()
find_library(CAF_CORE_LIBRARY caf_core REQUIRED)
add_library(caf_core SHARED IMPORTED)
set_target_properties(caf_core PROPERTIES IMPORTED_LOCATION ${CAF_CORE_LIBRARY})
target_link_libraries(caf_core INTERFACE Threads::Threads)
add_library(troupe::caf ALIAS caf_core)
find_library(CAF_IO_LIBRARY caf_io REQUIRED)
add_library(caf_io SHARED IMPORTED)
set_target_properties(caf_io PROPERTIES IMPORTED_LOCATION ${CAF_IO_LIBRARY})
target_link_libraries(caf_io INTERFACE caf_core)
add_library(troupe::caf_io ALIAS caf_io)

find_path(ASIO_INCLUDE asio.hpp REQUIRED)
add_library(asio INTERFACE)
target_compile_definitions(asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED)
target_link_libraries(asio INTERFACE Threads::Threads OpenSSL::SSL OpenSSL::Crypto)
add_library(troupe::asio ALIAS asio)

find_library(SQLITE3_LIBRARY sqlite3 REQUIRED)
find_library(UNBOUND_LIBRARY unbound REQUIRED)
find_library(CRYPT_LIBRARY crypt REQUIRED)
find_library(SYSTEMD_LIBRARY systemd REQUIRED)
find_library(HTTPLIB_LIBRARY cpp-httplib REQUIRED)
find_library(PROMETHEUS_LIBRARY prometheus-cpp-core REQUIRED)
