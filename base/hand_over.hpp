// Hand-overs as ThreadSanitizer sees them, for a program that is built with it and links a library
// that is not.
//
// There the sanitizer sees what the program's code, and the templates of our headers in it, read
// and write, but not the atomics of the library that put these in order, and would report each as a
// race. So the library says at each of its hand-overs what the sanitizer would have seen: before a
// store or exchange with `release`, shows(word); after a load or exchange with `acquire`,
// sees(word), with the address of the atomic. Code that is built with the sanitizer says nothing:
// its atomics are seen, and so are mutexes and threads in any code.
//
// In the library each costs the look at a word that nobody writes; in users' code nothing.
#pragma once

#if defined(__SANITIZE_THREAD__)
#define TROUPE_SANITIZES_THREADS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TROUPE_SANITIZES_THREADS 1
#endif
#endif

// TROUPE_IN_LIBRARY: of our build alone, for the code of the layers.
#if defined(TROUPE_IN_LIBRARY) && !defined(TROUPE_SANITIZES_THREADS)

extern "C" {
// Of the sanitizer's runtime; null in programs without it.
[[gnu::weak]] void __tsan_acquire(void* address);  // NOLINT(bugprone-reserved-identifier)
[[gnu::weak]] void __tsan_release(void* address);  // NOLINT(bugprone-reserved-identifier)
}

namespace troupe {

[[gnu::always_inline]] inline void shows(const void* word) noexcept {
  if (&__tsan_release != nullptr) [[unlikely]]
    __tsan_release(const_cast<void*>(word));
}
[[gnu::always_inline]] inline void sees(const void* word) noexcept {
  if (&__tsan_acquire != nullptr) [[unlikely]]
    __tsan_acquire(const_cast<void*>(word));
}

}  // namespace troupe

#else

namespace troupe {

[[gnu::always_inline]] inline void shows(const void* /*word*/) noexcept {}
[[gnu::always_inline]] inline void sees(const void* /*word*/) noexcept {}

}  // namespace troupe

#endif
