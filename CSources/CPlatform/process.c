// The process, its machine and its threads, asked of the C library. See process.h.
#define _GNU_SOURCE
#include "process.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include "crash.h"
#include "signals.h"

static apus_usage usage_of(int whose) {
    struct rusage usage = {0};
    getrusage(whose, &usage);
    return (apus_usage){
        .user_us = usage.ru_utime.tv_sec * INT64_C(1000000) + usage.ru_utime.tv_usec,
        .system_us = usage.ru_stime.tv_sec * INT64_C(1000000) + usage.ru_stime.tv_usec,
    };
}

apus_usage apus_usage_of_process(void) { return usage_of(RUSAGE_SELF); }
apus_usage apus_usage_of_children(void) { return usage_of(RUSAGE_CHILDREN); }
apus_usage apus_usage_of_thread(void) { return usage_of(RUSAGE_THREAD); }

int apus_cpus_in_affinity(void) {
    // The kernel refuses a set smaller than its own, so grow until it fits: machines of over 1024 CPUs exist.
    for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
        cpu_set_t *set = CPU_ALLOC(cpus);
        if (!set) break;
        size_t size = CPU_ALLOC_SIZE(cpus);
        int failed = sched_getaffinity(0, size, set);
        int count = failed ? 0 : CPU_COUNT_S(size, set);
        CPU_FREE(set);
        if (!failed) return count > 0 ? count : 1;
        if (errno != EINVAL) break;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

uint64_t apus_physical_memory(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
}

uint64_t apus_raise_open_files_limit(uint64_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) return 0;
    if (limit.rlim_cur >= wanted) return limit.rlim_cur;
    // The hard limit may be raised too, by a privileged process.
    struct rlimit raised = {.rlim_cur = wanted, .rlim_max = limit.rlim_max < wanted ? wanted : limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) return wanted;
    raised = (struct rlimit){.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted,
                             .rlim_max = limit.rlim_max};
    return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

void apus_open_standard_descriptors(void) {
    // The lowest free number is what open gives, so those below are taken first.
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) return;
}

void apus_system_name(char *text, size_t size) {
    struct utsname name;
    if (uname(&name)) snprintf(text, size, "Linux");
    else snprintf(text, size, "%s %s %s", name.sysname, name.release, name.machine);
}

const char *apus_error_text(int error) {
    const char *text = strerrordesc_np(error);
    return text ? text : "Unknown error";
}

int apus_random_bytes(void *bytes, size_t count) {
    uint8_t *at = bytes;
    while (count) {
        ssize_t got = getrandom(at, count, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        at += got;
        count -= (size_t)got;
    }
    return 0;
}

static struct timespec read_clock(clockid_t id) {
    struct timespec time = {0};
    clock_gettime(id, &time);
    return time;
}

int64_t apus_clock_monotonic_ns(void) {
    struct timespec time = read_clock(CLOCK_MONOTONIC);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

int64_t apus_unix_us(void) {
    struct timespec time = read_clock(CLOCK_REALTIME);
    return time.tv_sec * INT64_C(1000000) + time.tv_nsec / 1000;
}

// Threads.

enum { NAME_BYTES_MAX = 16 };  // the kernel's, with the zero

typedef struct start {
    void (*body)(void *);
    void *context;
    char name[NAME_BYTES_MAX];
} start;

static void *run(void *argument) {
    start started = *(start *)argument;
    free(argument);
    apus_signals_block();
    apus_crash_thread_attach();
    pthread_setname_np(pthread_self(), started.name);
    started.body(started.context);
    apus_crash_thread_detach();
    return NULL;
}

int apus_thread_start(apus_thread *thread, const char *name, size_t stack_bytes, void (*body)(void *), void *context) {
    // A few bytes that live until the thread runs: not worth an account.
    start *argument = malloc(sizeof *argument);
    if (!argument) return ENOMEM;
    *argument = (start){.body = body, .context = context};
    snprintf(argument->name, sizeof argument->name, "%s", name);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    int error = stack_bytes ? pthread_attr_setstacksize(&attributes, stack_bytes) : 0;
    pthread_t handle;
    if (!error) error = pthread_create(&handle, &attributes, run, argument);
    pthread_attr_destroy(&attributes);
    if (error) free(argument);
    else thread->handle = (uint64_t)handle;
    return error;
}

void apus_thread_join(apus_thread thread) { pthread_join((pthread_t)thread.handle, NULL); }
void apus_thread_detach(apus_thread thread) { pthread_detach((pthread_t)thread.handle); }
