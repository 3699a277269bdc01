#ifndef CSPAWN_H
#define CSPAWN_H

#include <sys/types.h>

/// Starts a program in a process group of its own, with an empty signal mask, and no signals ignored but those that were ignored
/// when this process was started.
///
/// On Linux the kernel sends it SIGTERM when the calling process dies (PR_SET_PDEATHSIG, prctl(2)): posix_spawn(3) has no
/// attribute for that, and so it is fork and exec here, with nothing but async-signal-safe calls between them.
///
/// @param input, output, error  what becomes descriptors 0, 1 and 2 of the program.
/// @param kept  a further descriptor that the program inherits under the same number, or -1.
/// @return the process id, or -1 with errno set, also when the program could not be executed.
pid_t cspawn_start(const char *path, char *const arguments[], char *const environment[],
                   int input, int output, int error, int kept);

/// Makes orphans of this process's descendants its own children, as PID 1 has them anyway (PR_SET_CHILD_SUBREAPER).
/// Does nothing where there is no such thing.
///
/// @return 0, or -1 with errno set.
int cspawn_become_subreaper(void);

#endif
