// The signals that a bug raises: they are reported on whatever thread they come to, so no thread blocks them.
#pragma once
#include <signal.h>

static const int crash_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
enum { CRASH_SIGNAL_COUNT = sizeof crash_signals / sizeof *crash_signals };
