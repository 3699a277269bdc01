#ifndef KEEPALIVEKIT_CEPOLL_SHIM_H
#define KEEPALIVEKIT_CEPOLL_SHIM_H

// Swift's modules of glibc and musl leave epoll(7) out.
#ifdef __linux__

#include <stdint.h>
#include <sys/epoll.h>

// Of an enumeration in glibc, macros in musl.
static const uint32_t ckeepalive_epoll_input = EPOLLIN, ckeepalive_epoll_output = EPOLLOUT;
static const uint32_t ckeepalive_epoll_end = EPOLLHUP | EPOLLERR;

static inline int ckeepalive_epoll_control(int set, int operation, int descriptor, uint32_t events, uint64_t token) {
    struct epoll_event event = {.events = events, .data = {.u64 = token}};
    return epoll_ctl(set, operation, descriptor, &event);
}

// The event is packed on x86-64 and holds a union.
static inline uint64_t ckeepalive_epoll_token(const struct epoll_event *event) { return event->data.u64; }

#endif
#endif
