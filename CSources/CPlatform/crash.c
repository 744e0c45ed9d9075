// The report's parts, in the order of the page. What a signal handler may not do is done in apus_crash_start.
#define _GNU_SOURCE
#include "crash.h"
#include "crash_signals.h"
#include "symbols.h"
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

enum {
    // backtrace's unwinder needs some 10 KiB; the rest is margin.
    STACK_BYTES = 64 * 1024,
    FRAMES_MAX = 100,
    // Enough for any command's name.
    NOTE_BYTES_MAX = 128,
    // How often a thread that waits for its turn to report looks again.
    TURN_MS = 10,
};

_Thread_local apus_crash_note_text apus_crash_current_note __attribute__((tls_model("initial-exec")));
static _Thread_local void *alternate_stack;

static const char *program_name = "";
static char log_path[PATH_MAX];  // empty: report_fd is where reports go
static int report_fd = STDERR_FILENO;
static atomic_int reporting_thread;  // its kernel id; 0 while all is well
static _Thread_local bool is_out_of_memory;

static void put_bytes(const char *bytes, size_t count) {
    while (count) {
        ssize_t written = write(report_fd, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        bytes += written;
        count -= (size_t)written;
    }
}

static void put(const char *text) { put_bytes(text, strlen(text)); }

static void put_number(uint64_t value, unsigned base) {
    char digits[24];
    size_t at = sizeof digits;
    do digits[--at] = "0123456789abcdef"[value % base];
    while (value /= base);
    if (base == 16) digits[--at] = 'x', digits[--at] = '0';
    put_bytes(digits + at, sizeof digits - at);
}

static const char *name_of(int signal_number) {
    switch (signal_number) {
        case SIGSEGV: return "SIGSEGV";
        case SIGBUS: return "SIGBUS";
        case SIGFPE: return "SIGFPE";
        case SIGILL: return "SIGILL";
        case SIGABRT: return "SIGABRT";
        case SIGTRAP: return "SIGTRAP";
        default: return "?";
    }
}

static uint64_t program_counter(const ucontext_t *context) {
#if defined(__x86_64__)
    return (uint64_t)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return context->uc_mcontext.pc;
#else
    return (void)context, 0;
#endif
}

// The note's memory may be what is broken: the kernel copies it, which fails where a load would crash again.
static void put_note(void) {
    apus_crash_note_text note = apus_crash_current_note;
    if (!note.bytes || !note.count) {
        put("(none on this thread)\n");
        return;
    }
    char text[NOTE_BYTES_MAX];
    size_t count = note.count < sizeof text ? note.count : sizeof text;
    struct iovec to = {text, count}, from = {(void *)note.bytes, count};
    ssize_t copied = process_vm_readv(getpid(), &to, 1, &from, 1, 0);
    if (copied <= 0) {
        put("(unreadable)\n");
        return;
    }
    for (ssize_t i = 0; i < copied; i++)
        if (text[i] < 0x20 || text[i] > 0x7e) text[i] = '.';
    put("'");
    put_bytes(text, (size_t)copied);
    put(note.count > sizeof text ? "'...\n" : "'\n");
}

/// The stack, innermost first: functions of ours by name, then those that the dynamic linker knows, then addresses.
static void put_stack(void) {
    void *frames[FRAMES_MAX];
    int count = backtrace(frames, FRAMES_MAX);
    symbols_open();
    for (int i = 0; i < count; i++) {
        uint64_t address = (uintptr_t)frames[i], offset;
        // A return address may be the first byte of the next function: what is looked up is the call before it.
        const char *name = symbols_name(address - 1, &offset);
        if (!name) {
            backtrace_symbols_fd(&frames[i], 1, report_fd);
            continue;
        }
        put(name);
        put("+");
        put_number(offset + 1, 16);
        put(" [");
        put_number(address, 16);
        put("]\n");
    }
}

static void put_work(void) {
    put("\n------ COMMAND BEING RUN ------\n");
    put_note();
    put("\n------ STACK TRACE ------\n");
    put_stack();
    put("(`swift demangle` makes the names readable.)\n");
}

static void report(int signal_number, const siginfo_t *info, const ucontext_t *context) {
    put("\n\n=== APUS BUG REPORT START: copy from here ===\n");
    put(program_name);
    put(" crashed by signal: ");
    put_number((uint64_t)signal_number, 10);
    put(" (");
    put(name_of(signal_number));
    put("), si_code: ");
    if (info->si_code < 0) put("-");
    put_number((uint64_t)(info->si_code < 0 ? -(int64_t)info->si_code : info->si_code), 10);
    put("\n");
    if (info->si_code > 0 && signal_number != SIGABRT) {
        put("Accessing address: ");
        put_number((uint64_t)(uintptr_t)info->si_addr, 16);
        put("\n");
    } else if (info->si_code <= 0) {
        put("Sent by process: ");
        put_number((uint64_t)info->si_pid, 10);
        put("\n");
    }
    put("Crashed running the instruction at: ");
    put_number(program_counter(context), 16);
    put("\n");
    put_work();
    put(is_out_of_memory ? "\n=== APUS BUG REPORT END: the memory that it says is what was missing. ===\n"
                         : "\n=== APUS BUG REPORT END. Please report it, with the log lines before it. ===\n");
}

/// Takes the page for this thread; false if it is at it already. A thread that is late to die waits for the first one's
/// report, which ends the process, or for what was asked for, which doesn't.
static bool begin_page(int self) {
    int writer = 0;
    while (!atomic_compare_exchange_strong(&reporting_thread, &writer, self)) {
        if (writer == self) return false;
        writer = 0;
        poll(NULL, 0, TURN_MS);
    }
    // Opened now, as each line of the log is: it may have been moved away since the last one.
    int fd = log_path[0] ? open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644) : -1;
    if (fd >= 0) report_fd = fd;
    return true;
}

/// Lets others write again; `fd` is where reports went before this page.
static void end_page(int fd) {
    if (report_fd != fd) close(report_fd);
    report_fd = fd;
    atomic_store(&reporting_thread, 0);
}

static void handle(int signal_number, siginfo_t *info, void *context) {
    if (begin_page((int)syscall(SYS_gettid)))
        report(signal_number, info, context);
    else
        put("\n(crashed again while reporting)\n");
    // The default action, once this handler returns and the signal is unblocked.
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void describe(int signal_number, siginfo_t *info, void *context) {
    (void)signal_number, (void)info, (void)context;
    int error = errno, fd = report_fd;
    if (begin_page((int)syscall(SYS_gettid))) {
        put("\n--- Received SIGALRM: what the main thread is at ---\n");
        put_work();
        put("--- The server goes on ---\n");
        end_page(fd);
    }
    errno = error;
}

void apus_crash_note_exhausted(size_t size) {
    int fd = report_fd;
    is_out_of_memory = true;
    if (!begin_page((int)syscall(SYS_gettid))) return;
    put("\n--- Out of memory allocating ");
    put_number(size, 10);
    put(" bytes ---\n");
    end_page(fd);
}

int apus_crash_start(const char *program) {
    program_name = program;
    // The first backtrace loads the unwinder's library, which no signal handler may do.
    void *frame;
    backtrace(&frame, 1);
    symbols_start();
    apus_crash_thread_attach();
    struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (unsigned i = 0; i < CRASH_SIGNAL_COUNT; i++)
        if (sigaction(crash_signals[i], &action, NULL)) return errno;
    action.sa_sigaction = describe;
    action.sa_flags |= SA_RESTART;
    return sigaction(SIGALRM, &action, NULL) ? errno : 0;
}

void apus_crash_stop(void) {
    for (unsigned i = 0; i < CRASH_SIGNAL_COUNT; i++) signal(crash_signals[i], SIG_DFL);
}

void apus_crash_set_log(const char *path) {
    size_t count = strlen(path);
    if (count < sizeof log_path) memcpy(log_path, path, count + 1);
    report_fd = count ? STDERR_FILENO : STDOUT_FILENO;
}

void apus_crash_thread_attach(void) {
    if (alternate_stack) return;
    void *memory = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return;  // reports then run on the thread's own stack
    stack_t stack = {.ss_sp = memory, .ss_size = STACK_BYTES};
    if (sigaltstack(&stack, NULL)) {
        munmap(memory, STACK_BYTES);
        return;
    }
    alternate_stack = memory;
}

void apus_crash_thread_detach(void) {
    if (!alternate_stack) return;
    stack_t none = {.ss_flags = SS_DISABLE};
    sigaltstack(&none, NULL);
    munmap(alternate_stack, STACK_BYTES);
    alternate_stack = NULL;
}
