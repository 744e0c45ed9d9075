// What a thread has used: its time, and the processor's count of its instructions.
#include "workloads.h"
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int64_t bench_thread_cpu_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int counter = -1;

bool bench_instructions_open(void) {
    struct perf_event_attr event;
    memset(&event, 0, sizeof event);
    event.type = PERF_TYPE_HARDWARE;
    event.size = sizeof event;
    event.config = PERF_COUNT_HW_INSTRUCTIONS;
    event.exclude_kernel = 1;  // what unprivileged processes may count
    event.exclude_hv = 1;
    counter = (int)syscall(SYS_perf_event_open, &event, 0, -1, -1, 0);
    return counter >= 0;
}

uint64_t bench_instructions(void) {
    uint64_t count = 0;
    if (counter < 0 || read(counter, &count, sizeof count) != sizeof count) return 0;
    return count;
}
