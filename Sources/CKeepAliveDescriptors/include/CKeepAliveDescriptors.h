#ifndef CDESCRIPTORS_H
#define CDESCRIPTORS_H

// More of Linux that Swift's modules leave out: timers and processes as descriptors, memory files, passed descriptors, and
// unused memory.
// A target with code, not a module map: a header that includes <sys/socket.h> would take its names from Swift's Glibc.
#ifdef __linux__

#include <stddef.h>
#include <stdint.h>

/// accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC: one call, where accept(2) needs three of fcntl(2) more.
int ckeepalive_accept(int listener, void *address, uint32_t *length);

/// timerfd_create(2), on the clock that counts suspension.
int ckeepalive_boot_timer(void);

/// Fires once at a time since boot, at once if it has passed; 0 never fires.
int ckeepalive_boot_timer_set(int timer, uint64_t nanoseconds);

/// memfd_create(2) with MFD_CLOEXEC and MFD_ALLOW_SEALING.
int ckeepalive_memory_file(const char *name);

/// F_ADD_SEALS: F_SEAL_SEAL, F_SEAL_SHRINK and F_SEAL_GROW.
int ckeepalive_seal(int file);

/// pidfd_open(2) and pidfd_send_signal(2).
int ckeepalive_pidfd(int32_t process);
int ckeepalive_pidfd_signal(int process, int number);

/// Sends one packet, with a descriptor unless that is negative; never waits.
long ckeepalive_send_packet(int socket, const void *bytes, size_t count, int passed);

/// Receives one packet and the descriptor that came with it, or -1; never waits. A packet that did not fit fails with
/// EMSGSIZE.
long ckeepalive_receive_packet(int socket, void *bytes, size_t count, int *passed);

/// The user of the TCP socket with these ends (sock_diag(7)); addresses of 4 or 16 bytes, in network order. 1 with the
/// user; 0 if no program has such a socket; -1 if the kernel or a sandbox does not answer.
int ckeepalive_socket_user(
    const void *own, uint16_t own_port, const void *peer, uint16_t peer_port, size_t length, uint32_t *user);

/// malloc_trim(3); does nothing in other C libraries than glibc.
void ckeepalive_return_unused_memory(void);

#endif
#endif
