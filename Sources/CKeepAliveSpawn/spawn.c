#define _GNU_SOURCE
#include "CKeepAliveSpawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

static int place(int descriptor, int number) {
    if (descriptor == number) {
        // dup2 would leave the close-on-exec flag set.
        return fcntl(descriptor, F_SETFD, 0);
    }
    return dup2(descriptor, number);
}

/// Lets the exec close every descriptor but the three standard ones; the pipe that reports a failure closes likewise.
static void close_rest(void) {
#ifdef CLOSE_RANGE_CLOEXEC
    if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
#endif
    long most = sysconf(_SC_OPEN_MAX);
    if (most < 0 || most > 65536) most = 65536;
    for (int descriptor = 3; descriptor < most; descriptor += 1) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

static void run_child(const char *path, char *const arguments[], char *const environment[],
                      int input, int output, int error, int kept, pid_t parent, int failed) {
    // exec makes caught signals default ones. What was ignored when the launcher was started (nohup(1)) stays ignored, as if
    // it were not there; but nobody could stop a bot that ignores SIGTERM, and one that ignores SIGCHLD misses its children.
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGCHLD, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    // What the launcher was given by mistake is not handed on: the bot has its three streams, and what is meant for it.
    close_rest();
    // It keeps its number: another may be in use, such as the pipe's that reports a failure.
    if (kept >= 0) fcntl(kept, F_SETFD, 0);
    // The parent may have died before the line above; then nobody will tell.
    if (getppid() == parent && place(input, 0) >= 0 && place(output, 1) >= 0 && place(error, 2) >= 0) {
        execve(path, arguments, environment);
    }
    int code = errno;
    ssize_t written = write(failed, &code, sizeof code);
    (void)written;
    _exit(127);
}

pid_t cspawn_start(const char *path, char *const arguments[], char *const environment[],
                   int input, int output, int error, int kept) {
    int failure[2];
    if (pipe(failure) != 0) return -1;
    // Closed by a successful exec: the end of the file is the good news.
    fcntl(failure[0], F_SETFD, FD_CLOEXEC);
    fcntl(failure[1], F_SETFD, FD_CLOEXEC);

    // As posix_spawn(3) does it: without a copy of this process's memory, which takes longer the more of it there is. The child
    // only makes system calls, and none of this process's threads runs its handlers (vfork(2)).
#ifdef __linux__
#define FORK vfork
#else
#define FORK fork
#endif

    // A signal between fork and exec must not run this process's handlers in the child.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid();
    pid_t child = FORK();
    if (child == 0) run_child(path, arguments, environment, input, output, error, kept, parent, failure[1]);
    int code = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(failure[1]);

    if (child > 0) {
        // Here too, so that the group is there whoever of the two runs first.
        setpgid(child, child);
        ssize_t count;
        do {
            count = read(failure[0], &code, sizeof code);
        } while (count < 0 && errno == EINTR);
        if (count == (ssize_t)sizeof code) {
            waitpid(child, NULL, 0);
            child = -1;
        }
    }
    close(failure[0]);
    errno = code;
    return child;
}

int cspawn_become_subreaper(void) {
#ifdef __linux__
    return prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
#else
    return 0;
#endif
}
