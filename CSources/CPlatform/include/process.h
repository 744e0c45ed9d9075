// Facts about the process and the machine, threads, and limits: what Swift cannot ask the C library for in plain words.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// CPU time in microseconds.
typedef struct apus_usage {
    int64_t user_us;
    int64_t system_us;
} apus_usage;

/// Of the whole process.
apus_usage apus_usage_of_process(void);

/// Of its children that have ended.
apus_usage apus_usage_of_children(void);

/// Of the calling thread.
apus_usage apus_usage_of_thread(void);

/// CPUs that the scheduler lets the process run on; at least 1. Quotas of control groups are another matter.
int apus_cpus_in_affinity(void);

/// Physical memory in bytes; 0 if unknown.
uint64_t apus_physical_memory(void);

/// Tries to raise the number of descriptors that the process may open at a time to `wanted`, or as near to it as the
/// system allows. Returns the limit then in force.
uint64_t apus_raise_open_files_limit(uint64_t wanted);

/// Opens /dev/null as standard input, output or error where the parent has closed it. Else the next descriptor, a
/// client's perhaps, would take its number and receive the log.
void apus_open_standard_descriptors(void);

/// Writes "Linux 6.1.0 x86_64" and a zero into `text`.
void apus_system_name(char *_Nonnull text, size_t size);

/// What an errno means, in English and for ever; "Unknown error" for none.
const char *_Nonnull apus_error_text(int error);

/// Fills `bytes` from the kernel's generator. Returns 0 or an errno.
int apus_random_bytes(void *_Nonnull bytes, size_t count);

/// Nanoseconds of the monotonic and microseconds of the wall clock: calls into the vDSO, no system call.
int64_t apus_clock_monotonic_ns(void);
int64_t apus_unix_us(void);

/// A started thread, to be joined or detached exactly once.
typedef struct apus_thread {
    uint64_t handle;
} apus_thread;

/// Starts `body(context)` on a thread of its own: named (15 bytes are kept), with `stack_bytes` of stack (0: the
/// system's choice), signals blocked and ready for crash reports. Returns 0 or an errno.
int apus_thread_start(apus_thread *_Nonnull thread, const char *_Nonnull name, size_t stack_bytes,
                      void (*_Nonnull body)(void *_Nullable), void *_Nullable context);
void apus_thread_join(apus_thread thread);
void apus_thread_detach(apus_thread thread);
