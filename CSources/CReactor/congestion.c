// Which congestion control a socket gets. Why: congestion.h.
#include "congestion.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NAME_BYTES = 16 };  // the kernel's TCP_CA_NAME_MAX

static pthread_once_t default_once = PTHREAD_ONCE_INIT;
static char pacing_default[NAME_BYTES];  // the system's default if that paces, else empty

static void read_default(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    char name[NAME_BYTES] = "";
    socklen_t length = sizeof name - 1;
    if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length) == 0 && strncmp(name, "bbr", 3) == 0)
        memcpy(pacing_default, name, sizeof name);
    close(fd);
}

static bool default_paces(void) {
    pthread_once(&default_once, read_default);
    return pacing_default[0];
}

// Refused, or on a Unix socket: no harm.
static void set(int fd, const char *name) {
    setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name));
}

void congestion_of_client(int fd) { set(fd, "reno"); }

void congestion_of_listener(int fd) {
    if (default_paces()) set(fd, "reno");
}

static bool is_within_machine(int fd) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    if (getpeername(fd, (struct sockaddr *)&peer, &length) != 0) return false;
    if (peer.ss_family == AF_INET) return ntohl(((struct sockaddr_in *)&peer)->sin_addr.s_addr) >> 24 == 127;
    return peer.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((struct sockaddr_in6 *)&peer)->sin6_addr);
}

bool congestion_of_accepted(int fd) {
    if (!default_paces() || is_within_machine(fd)) return false;
    set(fd, pacing_default);
    return true;
}
