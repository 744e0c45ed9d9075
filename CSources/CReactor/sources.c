// Listeners and watched descriptors. A listener whose accept fails for want of descriptors or memory rests for a while.
#define _GNU_SOURCE
#include "internal.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static int add_source(apus_reactor *r, source wanted) {
    uint32_t i = 0;
    while (i < r->source_count && r->sources[i].fd >= 0) i++;
    if (i == r->source_count) {
        size_t old_size = r->source_count * sizeof(source);
        r->sources = r->sources ? apus_resize(r->sources, old_size, old_size + sizeof(source))
                                : apus_allocate(sizeof(source));
        r->source_count++;
        r->sources[i].generation = 0;
    }
    wanted.generation = r->sources[i].generation;
    r->sources[i] = wanted;
    r->sources_due = true;
    return 0;
}

void reactor_source_gone(source *s) {
    if (s->is_listener) close(s->fd);
    s->fd = -1;
    s->is_armed = false;
    s->generation++;
}

int apus_reactor_listen(apus_reactor *r, int fd, uint32_t token) {
    int status = fcntl(fd, F_GETFL);
    if (status < 0 || fcntl(fd, F_SETFL, status | O_NONBLOCK) != 0) return -errno;
    return add_source(r, (source){.fd = fd, .token = token, .is_listener = true});
}

int apus_reactor_watch(apus_reactor *r, int fd, uint32_t token) {
    if (fcntl(fd, F_GETFD) < 0) return -errno;
    return add_source(r, (source){.fd = fd, .token = token});
}

static void stop(apus_reactor *r, uint32_t token, bool is_listener) {
    for (uint32_t i = 0; i < r->source_count; i++) {
        source *s = &r->sources[i];
        if (s->fd < 0 || s->token != token || s->is_listener != is_listener || s->is_stopping) continue;
        s->is_stopping = true;
        // The backend may close it only later, when the kernel has let go of it; its address is free at once.
        if (is_listener) shutdown(s->fd, SHUT_RDWR);
        r->backend->update_source(r, s);
    }
}

void apus_reactor_stop_listening(apus_reactor *r, uint32_t token) { stop(r, token, true); }
void apus_reactor_unwatch(apus_reactor *r, uint32_t token) { stop(r, token, false); }

void reactor_accept_failed(apus_reactor *r, source *s, int32_t error) {
    r->sources_due = true;
    if (error == ECANCELED || error == EAGAIN || error == EINTR) return;
    r->statistics.accept_errors++;
    r->statistics.accept_error = error;
    // Peers that gave up while queued are theirs to lose; anything else would fail again at once.
    if (error == ECONNABORTED || error == EPROTO) return;
    s->rests_until = apus_reactor_now() + APUS_ACCEPT_PAUSE_NS;
}

uint64_t reactor_update_sources(apus_reactor *r) {
    if (!r->sources_due) return UINT64_MAX;
    r->sources_due = false;
    uint64_t earliest = UINT64_MAX, now = apus_reactor_now();
    for (uint32_t i = 0; i < r->source_count; i++) {
        source *s = &r->sources[i];
        if (s->fd < 0) continue;
        if (s->rests_until <= now) s->rests_until = 0;
        if (s->rests_until) {
            r->sources_due = true;
            if (s->rests_until < earliest) earliest = s->rests_until;
        }
        r->backend->update_source(r, s);
    }
    return earliest;
}
