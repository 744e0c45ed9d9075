// The crash reporter: when the process dies of a bug, it says what it was doing.
//
// On a fatal signal it writes a report (signal, address, the command being run, stack trace) to where the log goes,
// then lets the signal have its default effect, so that core dumps and supervisors see the true cause. It runs on a
// stack of its own (an overflowed one is a cause of crashes) and uses async-signal-safe calls only.
// SIGALRM asks a living process the same, as it does the reference: it says what the main thread is at, and goes on.
// Invariant: a thread's note points at memory that lives at least until the note is replaced or taken back.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct apus_crash_note_text {
    const uint8_t *_Nullable bytes;
    size_t count;
} apus_crash_note_text;

extern _Thread_local apus_crash_note_text apus_crash_current_note __attribute__((tls_model("initial-exec")));

/// Remembers what the calling thread is doing: the pointer only, two stores. Count 0 takes the note back.
static inline void apus_crash_note(const uint8_t *_Nullable bytes, size_t count) {
    apus_crash_current_note.bytes = bytes;
    apus_crash_current_note.count = count;
}

/// Says in the log, whether or not crashes are reported, that the memory is exhausted, of which `size` bytes were
/// wanted: the caller is about to abort, which then is no bug. Allocates nothing.
void apus_crash_note_exhausted(size_t size);

/// Installs the reporter and this thread's alternate stack. `program` ("Apus 1.0") must live for ever. Returns 0 or an
/// errno.
int apus_crash_start(const char *_Nonnull program);

/// Leaves it to the system what fatal signals do, without a report.
void apus_crash_stop(void);

/// Reports go to the end of this file, which is created if need be; to standard output, as the log then does, if the
/// path is empty. Until this is called, and if the file can't be opened, they go to standard error. Before threads
/// start; relative paths mean the directory of the moment of the crash.
void apus_crash_set_log(const char *_Nonnull path);

/// Gives the calling thread the alternate stack that reports need, or takes it away. Threads started with
/// apus_thread_start have one.
void apus_crash_thread_attach(void);
void apus_crash_thread_detach(void);
