#pragma once

/// Code that a sanitizer watches needs larger stacks, and ThreadSanitizer has a thread of its own.
namespace clustermanager {

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CM_ADDRESS_SANITIZER 1
#endif
#if __has_feature(thread_sanitizer)
#define CM_THREAD_SANITIZER 1
#endif
#endif

#if defined(__SANITIZE_THREAD__) || defined(CM_THREAD_SANITIZER)
constexpr bool kThreadSanitizer = true;
#else
constexpr bool kThreadSanitizer = false;
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(CM_ADDRESS_SANITIZER)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = kThreadSanitizer;
#endif

/// What this thread did before release is seen by who acquires after it. It is so anyway, by a count of
/// references in a library that ThreadSanitizer does not see into; these tell it.
#if defined(__SANITIZE_THREAD__) || defined(CM_THREAD_SANITIZER)
extern "C" void __tsan_acquire(void* address);  // NOLINT(bugprone-reserved-identifier)
extern "C" void __tsan_release(void* address);  // NOLINT(bugprone-reserved-identifier)
inline void tellAcquired(void* address)
{
    __tsan_acquire(address);
}
inline void tellReleased(void* address)
{
    __tsan_release(address);
}
#else
inline void tellAcquired(void*) {}
inline void tellReleased(void*) {}
#endif

}  // namespace clustermanager
