// Signals as a number in memory and a write to a descriptor. Contract: signals.h.
#define _GNU_SOURCE
#include "signals.h"
#include "crash_signals.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static atomic_int received;
static atomic_int notify = -1;

static void handle(int signal_number) {
    int saved = errno;
    int none = 0;
    if (!atomic_compare_exchange_strong(&received, &none, signal_number) && signal_number == SIGINT) {
        static const char message[] = "Second interrupt: exiting at once\n";
        ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
        (void)ignored;
        _exit(1);
    }
    int fd = atomic_load(&notify);
    if (fd >= 0) {
        // Eight bytes, as an eventfd wants them. A full pipe is as good as a written one.
        uint64_t one = 1;
        ssize_t ignored = write(fd, &one, sizeof one);
        (void)ignored;
    }
    errno = saved;
}

int apus_signals_ignore(void) {
    struct sigaction action = {.sa_handler = SIG_IGN};
    sigemptyset(&action.sa_mask);
    return sigaction(SIGHUP, &action, NULL) || sigaction(SIGPIPE, &action, NULL) ? errno : 0;
}

int apus_signals_start(int notify_fd) {
    atomic_store(&notify, notify_fd);
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGTERM, &action, NULL) || sigaction(SIGINT, &action, NULL)) return errno;
    return apus_signals_ignore();
}

int apus_signals_received(void) { return atomic_load(&received); }
void apus_signals_forget(void) { atomic_store(&received, 0); }

void apus_signals_block(void) {
    sigset_t set;
    sigfillset(&set);
    for (unsigned i = 0; i < CRASH_SIGNAL_COUNT; i++) sigdelset(&set, crash_signals[i]);
    pthread_sigmask(SIG_SETMASK, &set, NULL);
}

int apus_signals_descriptor(void) {
    int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

void apus_signals_drain(int descriptor) {
    uint64_t count;
    // Nothing to read is as good as read.
    if (read(descriptor, &count, sizeof count) < 0) return;
}
