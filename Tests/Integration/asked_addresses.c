// Preloaded, writes to standard error whenever a connection is asked for the address of its peer.
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int getpeername(int descriptor, struct sockaddr *restrict address, socklen_t *restrict length) {
    fputs("asked for an address\n", stderr);
    return (int)syscall(SYS_getpeername, descriptor, address, length);
}
