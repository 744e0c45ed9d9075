// Signals: a request to end arrives as a number in memory and a write to a descriptor, so that the event loop sees it
// like any other event. SIGTERM and SIGINT ask; SIGINT after either one ends the process at once, as in Redis. SIGHUP
// and SIGPIPE are ignored: a closed terminal or connection is no reason to die.
// Invariant: handlers use async-signal-safe calls only.
#pragma once
#include <stdbool.h>

/// Ignores SIGHUP and SIGPIPE, which may come before anything else has begun: with the first line of the log, when
/// nobody reads it. Returns 0 or an errno.
int apus_signals_ignore(void);

/// Installs the handlers and ignores the same. `notify_fd` is an eventfd or the writing end of a pipe, or -1; it gets 8
/// bytes per signal. Returns 0 or an errno.
int apus_signals_start(int notify_fd);

/// A descriptor for `apus_signals_start` that becomes readable when a signal comes; negative: minus an errno.
int apus_signals_descriptor(void);

/// Makes the descriptor unreadable until the next signal.
void apus_signals_drain(int descriptor);

/// The first signal that asked the process to end; 0 so far.
int apus_signals_received(void);

/// Forgets what was received (a shutdown that failed and goes back to serving).
void apus_signals_forget(void);

/// Blocks, on the calling thread, all signals but those of crashes, so that the main thread handles them.
void apus_signals_block(void);
