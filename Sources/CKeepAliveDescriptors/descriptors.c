#define _GNU_SOURCE
#include "CKeepAliveDescriptors.h"

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

int ckeepalive_accept(int listener, void *address, uint32_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int ckeepalive_boot_timer(void) { return timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC); }

int ckeepalive_boot_timer_set(int timer, uint64_t nanoseconds) {
    struct itimerspec time = {
        .it_value = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)}};
    return timerfd_settime(timer, TFD_TIMER_ABSTIME, &time, 0);
}

int ckeepalive_memory_file(const char *name) { return (int)syscall(SYS_memfd_create, name, 3U); }

int ckeepalive_seal(int file) { return fcntl(file, 1024 + 9, 7); }

int ckeepalive_pidfd(int32_t process) { return (int)syscall(434, process, 0U); }
int ckeepalive_pidfd_signal(int process, int number) {
    return (int)syscall(424, process, number, (void *)0, 0U);
}

long ckeepalive_send_packet(int socket, const void *bytes, size_t count, int passed) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = count};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (passed >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(head), &passed, sizeof passed);
    }
    return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

long ckeepalive_receive_packet(int socket, void *bytes, size_t count, int *passed) {
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    memset(&control, 0, sizeof control);
    struct iovec part = {.iov_base = bytes, .iov_len = count};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    *passed = -1;
    ssize_t received = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (received < 0) return received;
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    if (head && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS && head->cmsg_len == CMSG_LEN(sizeof(int)))
        memcpy(passed, CMSG_DATA(head), sizeof *passed);
    if (message.msg_flags & MSG_TRUNC) {
        if (*passed >= 0) close(*passed);
        *passed = -1;
        errno = EMSGSIZE;
        return -1;
    }
    return received;
}

/// Asks the kernel for one socket by its two ends (sock_diag(7)); 0, or -1 with errno.
static int find_socket(int family, const struct inet_diag_sockid *id, struct inet_diag_msg *found) {
    struct {
        struct nlmsghdr head;
        struct inet_diag_req_v2 body;
    } request = {
        .head = {.nlmsg_len = sizeof request, .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_REQUEST},
        .body = {.sdiag_family = (uint8_t)family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ~0U, .id = *id}};
    union {
        struct nlmsghdr head;
        char bytes[4096];
    } answer;
    int channel = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
    if (channel < 0) return -1;
    ssize_t count = send(channel, &request, sizeof request, 0);
    // The kernel has answered before send(2) returns.
    if (count >= 0) count = recv(channel, &answer, sizeof answer, 0);
    int code = errno;
    close(channel);
    errno = code;
    if (count < 0) return -1;
    errno = EBADMSG;
    if (!NLMSG_OK(&answer.head, (size_t)count)) return -1;
    if (answer.head.nlmsg_type == NLMSG_ERROR && answer.head.nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr))) {
        errno = -((struct nlmsgerr *)NLMSG_DATA(&answer.head))->error;
        return -1;
    }
    if (answer.head.nlmsg_type != SOCK_DIAG_BY_FAMILY || answer.head.nlmsg_len < NLMSG_LENGTH(sizeof *found)) return -1;
    memcpy(found, NLMSG_DATA(&answer.head), sizeof *found);
    return 0;
}

/// Whether the kernel answers such questions: it knows a socket of our own.
static int finds_sockets(void) {
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof own;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) return 0;
    int works = 0;
    if (bind(listener, (struct sockaddr *)&own, length) == 0 && listen(listener, 1) == 0 &&
        getsockname(listener, (struct sockaddr *)&own, &length) == 0) {
        struct inet_diag_sockid id = {
            .idiag_sport = own.sin_port, .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}};
        struct inet_diag_msg found;
        id.idiag_src[0] = own.sin_addr.s_addr;
        works = find_socket(AF_INET, &id, &found) == 0 && found.id.idiag_sport == own.sin_port;
    }
    close(listener);
    return works;
}

int ckeepalive_socket_user(
    const void *own, uint16_t own_port, const void *peer, uint16_t peer_port, size_t length, uint32_t *user) {
    struct inet_diag_sockid id = {
        .idiag_sport = htons(own_port), .idiag_dport = htons(peer_port),
        .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}};
    if (length > sizeof id.idiag_src) return -1;
    memcpy(id.idiag_src, own, length);
    memcpy(id.idiag_dst, peer, length);
    struct inet_diag_msg found;
    if (find_socket(length == 4 ? AF_INET : AF_INET6, &id, &found) < 0) {
        // Without its module the kernel gives the same error.
        return errno == ENOENT && finds_sockets() ? 0 : -1;
    }
    // Without that connection the kernel names who listens on the port. A closed socket has neither inode nor user.
    if (found.id.idiag_dport != id.idiag_dport || found.idiag_inode == 0) return 0;
    *user = found.idiag_uid;
    return 1;
}

void ckeepalive_return_unused_memory(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

#endif
