// A process as a service, asked of the kernel and the C library. See service.h.
#define _GNU_SOURCE
#include "service.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

// The background.

static _Noreturn void wait_for(pid_t child, int descriptor) {
    char word;
    ssize_t count;
    do count = read(descriptor, &word, 1);
    while (count < 0 && errno == EINTR);
    if (count == 1) _exit(0);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

static void leave_standard_descriptors(void) {
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nowhere < 0) return;
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) dup2(nowhere, fd);
    if (nowhere > STDERR_FILENO) close(nowhere);
}

int apus_daemon_start(void) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return -errno;
    pid_t child = fork();
    if (child < 0) {
        int error = errno;
        close(ends[0]);
        close(ends[1]);
        return -error;
    }
    if (child > 0) {
        close(ends[1]);
        wait_for(child, ends[0]);
    }
    close(ends[0]);
    setsid();
    leave_standard_descriptors();
    return ends[1];
}

void apus_daemon_ready(int descriptor) {
    while (write(descriptor, "", 1) < 0 && errno == EINTR) {}
    close(descriptor);
}

// The service manager.

int apus_notify_service_manager(const char *state) {
    const char *path = getenv("NOTIFY_SOCKET");
    if (!path || !*path) return ENOENT;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t count = strlen(path);
    if (count >= sizeof address.sun_path) return ENAMETOOLONG;
    memcpy(address.sun_path, path, count);
    if (path[0] == '@') address.sun_path[0] = 0;  // a name that no file has
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + count);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno;
    ssize_t sent;
    do sent = sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address, length);
    while (sent < 0 && errno == EINTR);
    int error = sent < 0 ? errno : 0;
    close(fd);
    return error;
}

// The system's log.

void apus_system_log_open(const char *name, int facility) {
    openlog(name, LOG_PID | LOG_NDELAY | LOG_NOWAIT, facility);
}

void apus_system_log_write(int priority, const char *text) { syslog(priority, "%s", text); }

// Processors, memory, users.

int apus_keep_to_processors(const uint32_t *numbers, size_t count) {
    uint32_t largest = 0;
    for (size_t i = 0; i < count; i++)
        if (numbers[i] > largest) largest = numbers[i];
    cpu_set_t *set = CPU_ALLOC(largest + 1);
    if (!set) return ENOMEM;
    size_t size = CPU_ALLOC_SIZE(largest + 1);
    CPU_ZERO_S(size, set);
    for (size_t i = 0; i < count; i++) CPU_SET_S(numbers[i], size, set);
    int error = sched_setaffinity(0, size, set) != 0 ? errno : 0;
    CPU_FREE(set);
    return error;
}

int apus_refuse_huge_pages(void) { return prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0 ? errno : 0; }

int64_t apus_group_id(const char *name) {
    struct group group, *found;
    for (size_t size = 1 << 10;; size *= 2) {
        char *buffer = malloc(size);
        if (!buffer) return -ENOMEM;
        int error = getgrnam_r(name, &group, buffer, size, &found);
        int64_t id = found ? (int64_t)group.gr_gid : -(error ? error : ENOENT);
        free(buffer);
        if (error != ERANGE) return id;
    }
}
