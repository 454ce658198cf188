// Edges that ThreadSanitizer cannot see, because Debian's libcaf_core.so is not
// instrumented. Nothing at all in any other build.

#pragma once

#if defined(__SANITIZE_THREAD__)
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);

namespace troupe::actors {

inline void happens_before(const void* edge) { __tsan_release(const_cast<void*>(edge)); }
inline void happens_after(const void* edge) { __tsan_acquire(const_cast<void*>(edge)); }

} // namespace troupe::actors
#else

namespace troupe::actors {

inline void happens_before(const void*) {}
inline void happens_after(const void*) {}

} // namespace troupe::actors
#endif
