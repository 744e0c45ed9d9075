// Addresses, listening sockets and sockets' names. Contract: sockets.h.
#include "sockets.h"
#include "congestion.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(sizeof(struct sockaddr_storage) <= sizeof((apus_address){0}.storage), "any family fits");

int apus_address_resolve(const char *host, uint16_t port, apus_address *addresses, size_t *count) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found;
    char service[8];
    snprintf(service, sizeof service, "%u", port);
    int code = getaddrinfo(host ? host : "0.0.0.0", service, &hints, &found);
    if (code != 0) return code;
    size_t room = *count;
    *count = 0;
    for (const struct addrinfo *next = found; next && *count < room; next = next->ai_next) {
        apus_address *address = &addresses[(*count)++];
        memset(address, 0, sizeof *address);
        memcpy(address->storage, next->ai_addr, next->ai_addrlen);
        address->length = next->ai_addrlen;
    }
    freeaddrinfo(found);
    return 0;
}

int apus_address_of_path(const char *path, apus_address *address) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t count = strlen(path);
    if (count >= sizeof name.sun_path) return -ENAMETOOLONG;
    memcpy(name.sun_path, path, count + 1);
    memset(address, 0, sizeof *address);
    memcpy(address->storage, &name, sizeof name);
    address->length = (uint32_t)(offsetof(struct sockaddr_un, sun_path) + count + 1);
    return 0;
}

static int fail(int fd) {
    int error = errno;
    if (fd >= 0) close(fd);
    return -error;
}

int apus_connect(const apus_address *address, uint32_t timeout_ms) {
    const struct sockaddr *name = (const struct sockaddr *)address->storage;
    int fd = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return fail(fd);
    struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0) return fail(fd);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0) return fail(fd);
    if (connect(fd, name, address->length) != 0) return fail(fd);
    return fd;
}

int apus_listen_tcp(const apus_address *address, int backlog) {
    const struct sockaddr *name = (const struct sockaddr *)address->storage;
    int fd = socket(name->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return fail(fd);
    int on = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return fail(fd);
    if (name->sa_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) return fail(fd);
    congestion_of_listener(fd);
    if (bind(fd, name, address->length) != 0 || listen(fd, backlog) != 0) return fail(fd);
    return fd;
}

int apus_listen_unix(const char *path, uint32_t permissions, uint32_t group, int backlog) {
    apus_address address;
    int code = apus_address_of_path(path, &address);
    if (code != 0) return code;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return fail(fd);
    // What a server left behind, or a file that only kept the name free.
    struct stat status;
    bool is_there = lstat(path, &status) == 0;
    if (is_there && (S_ISSOCK(status.st_mode) || (S_ISREG(status.st_mode) && status.st_size == 0))) unlink(path);
    if (bind(fd, (const struct sockaddr *)address.storage, address.length) != 0) return fail(fd);
    if (permissions && chmod(path, permissions) != 0) return fail(fd);
    if (group != APUS_OWN_GROUP && chown(path, (uid_t)-1, group) != 0) return fail(fd);
    if (listen(fd, backlog) != 0) return fail(fd);
    return fd;
}

uint16_t apus_socket_port(int fd) {
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &length) != 0) return 0;
    if (name.ss_family == AF_INET) return ntohs(((struct sockaddr_in *)&name)->sin_port);
    if (name.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&name)->sin6_port);
    return 0;
}

static int text_of(int fd, int peer, char *name) {
    struct sockaddr_storage storage = {0};
    struct sockaddr *address = (struct sockaddr *)&storage;
    socklen_t length = sizeof storage;
    if ((peer ? getpeername(fd, address, &length) : getsockname(fd, address, &length)) != 0) return 0;
    char text[INET6_ADDRSTRLEN] = "";
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
        return snprintf(name, APUS_SOCKET_NAME_MAX, "%s:%u", text, ntohs(v4->sin_port));
    }
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
        return snprintf(name, APUS_SOCKET_NAME_MAX, "[%s]:%u", text, ntohs(v6->sin6_port));
    }
    // A Unix socket's name is the listener's path; the client's end has none of its own.
    if (peer) {
        memset(&storage, 0, sizeof storage);
        length = sizeof storage;
        if (getsockname(fd, address, &length) != 0) return 0;
    }
    return snprintf(name, APUS_SOCKET_NAME_MAX, "%.108s:0", ((const struct sockaddr_un *)address)->sun_path);
}

size_t apus_socket_name(int fd, int peer, char *name) {
    int count = text_of(fd, peer, name);
    return count < 0 ? 0 : count < APUS_SOCKET_NAME_MAX ? (size_t)count : APUS_SOCKET_NAME_MAX - 1;
}
