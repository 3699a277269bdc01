// Keeps libdispatch, on which Swift's tasks run, supplied with descriptors: it ends the process (SIGILL) where it can make
// no epoll and event descriptors at its start, and where it cannot open /proc/self/task's "stat" files, which it reads
// once a second while work is queued. Nothing in Swift runs early enough for the first, or is asked about the second.
#if defined(__linux__)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

// As in fcntl.h, whose declaration of open(2) this file stands in for.
enum { at_fdcwd = -100, read_only = 0, create = 0100, temporary = 020000000, close_on_exec = 02000000, dup_above = 1030 };
extern int fcntl(int, int, ...);

static int system_open(const char *path, int flags, unsigned mode) {
    return (int)syscall(SYS_openat, at_fdcwd, path, flags, mode);
}

// Two, as the manager's thread and a new worker may both be about it.
static atomic_int spares[2] = {-1, -1};

// Above 2: where a standard stream is closed, what is opened next takes its number, and its output.
static int make_spare(void) {
    int raw = system_open("/dev/null", read_only | close_on_exec, 0);
    if (raw < 0 || raw > 2) return raw;
    int spare = fcntl(raw, dup_above, 3);
    close(raw);
    return spare;
}

static void refill(void) {
    for (int i = 0; i < 2; i++) {
        if (atomic_load(&spares[i]) >= 0) continue;
        int spare = make_spare(), none = -1;
        if (spare >= 0 && !atomic_compare_exchange_strong(&spares[i], &none, spare)) close(spare);
    }
}

static int is_thread_stat(const char *path) {
    if (!path || strncmp(path, "/proc/", 6) != 0) return 0;
    const char *end = path + 6;
    while (*end >= '0' && *end <= '9') end++;
    return end > path + 6 && strcmp(end, "/stat") == 0;
}

// The program's own open(2) comes before the C library's for every library of the process. It does what that one does,
// and where a thread's "stat" finds no descriptor, it gives one back first.
int open(const char *path, int flags, ...) {
    unsigned mode = 0;
    if (flags & (create | temporary)) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, unsigned);
        va_end(arguments);
    }
    static int (*_Atomic next)(const char *, int, ...);
    int (*library)(const char *, int, ...) = atomic_load(&next);
    if (!library) {
        library = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
        atomic_store(&next, library);
    }
    int is_stat = is_thread_stat(path);
    if (is_stat) refill();
    int raw = library ? library(path, flags, mode) : system_open(path, flags, mode);
    if (raw >= 0 || !is_stat || (errno != EMFILE && errno != ENFILE)) return raw;
    for (int i = 0; i < 2; i++) {
        int spare = atomic_exchange(&spares[i], -1);
        if (spare < 0) continue;
        close(spare);
        raw = system_open(path, flags, mode);
        if (raw >= 0) return raw;
    }
    return raw;
}

static void end_where_short(const char *call) {
    if (errno != EMFILE && errno != ENFILE && errno != ENOMEM) return;
    const char *parts[] = {call, ": ", strerror(errno), "; free descriptors or memory and start again\n"};
    for (int i = 0; i < 4; i++) {
        if (write(STDERR_FILENO, parts[i], strlen(parts[i])) < 0) break;
    }
    _exit(71);
}

// libdispatch makes each of these once, at its start, and traps (SIGILL) without a word where it cannot.
int eventfd(unsigned count, int flags) {
    int (*library)(unsigned, int) = (int (*)(unsigned, int))dlsym(RTLD_NEXT, "eventfd");
    int raw = library ? library(count, flags) : (int)syscall(SYS_eventfd2, count, flags);
    if (raw < 0) end_where_short("eventfd");
    return raw;
}

int epoll_create1(int flags) {
    int (*library)(int) = (int (*)(int))dlsym(RTLD_NEXT, "epoll_create1");
    int raw = library ? library(flags) : (int)syscall(SYS_epoll_create1, flags);
    if (raw < 0) end_where_short("epoll_create1");
    return raw;
}

// The soft limit is low for the sake of programs that use select(2). Not to a container's thousand million: child processes
// that close every number would take minutes.
static void raise_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
    rlim_t most = limit.rlim_max < (1 << 20) ? limit.rlim_max : (1 << 20);
    if (most <= limit.rlim_cur) return;
    limit.rlim_cur = most;
    setrlimit(RLIMIT_NOFILE, &limit);
}

__attribute__((constructor)) static void start(void) {
    raise_limit();
    // What libdispatch opens at its start (epoll, eventfd, two timerfds), and the two in reserve.
    int taken[6], count = 0;
    while (count < 6 && (taken[count] = make_spare()) >= 0) count++;
    int isShort = count < 6 && (errno == EMFILE || errno == ENFILE);
    for (int i = 0; i < count; i++) close(taken[i]);
    if (isShort) {
        static const char words[] =
            "fewer than 6 file descriptors are free; raise the limit (ulimit -n, LimitNOFILE=) and start again\n";
        if (write(STDERR_FILENO, words, sizeof words - 1) < 0) {}
        _exit(71);
    }
    refill();
}
#endif
