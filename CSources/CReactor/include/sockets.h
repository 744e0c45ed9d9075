// Sockets: addresses, and the calls that make listening sockets. Setup-time helpers; nothing here is hot.
//
// Functions that make a descriptor return it, or -errno.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// A socket address of any family, as the kernel wants it.
typedef struct apus_address {
    _Alignas(8) uint8_t storage[128];
    uint32_t length;
} apus_address;

/// "127.0.0.1", "::1", a host name (resolved, may block), or NULL for every IPv4 address. 0, or an EAI_… code.
/// A name may have several addresses: as many as `*count` are written, the likeliest first; `*count` becomes how many.
int apus_address_resolve(const char *_Nullable host, uint16_t port, apus_address *_Nonnull addresses,
                         size_t *_Nonnull count);

/// A Unix socket's path. 0, or -ENAMETOOLONG.
int apus_address_of_path(const char *_Nonnull path, apus_address *_Nonnull address);

/// A blocking socket connected to the address. It waits `timeout_ms` at most, as it does for each later call.
int apus_connect(const apus_address *_Nonnull address, uint32_t timeout_ms);

/// A listening TCP socket: SO_REUSEADDR, and IPV6_V6ONLY for IPv6 so that both families can be bound side by side.
int apus_listen_tcp(const apus_address *_Nonnull address, int backlog);

/// A listening Unix socket at `path`; a stale socket or an empty file there is removed first, any other file is not.
/// `permissions` 0 leaves what the umask gives, and APUS_OWN_GROUP the group that the process has.
int apus_listen_unix(const char *_Nonnull path, uint32_t permissions, uint32_t group, int backlog);
enum { APUS_OWN_GROUP = UINT32_MAX };

/// The port a socket is bound to (after listening on port 0), or 0.
uint16_t apus_socket_port(int fd);

enum { APUS_SOCKET_NAME_MAX = 160 };

/// Writes "127.0.0.1:6379", "[::1]:6379" or "/path:0" for the socket's own (`peer` 0) or the other end's address.
/// Returns the count of bytes, at most APUS_SOCKET_NAME_MAX; 0 when the socket is gone.
size_t apus_socket_name(int fd, int peer, char *_Nonnull name);
