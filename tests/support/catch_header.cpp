// Nothing but the reason for which CMake precompiles Catch's header: catch_main.cpp
// cannot use it, because it needs the header with CATCH_CONFIG_MAIN set.
