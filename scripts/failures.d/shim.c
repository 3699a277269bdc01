// Preloaded into a bot or monitor, so that it fails from inside as real programs do. FAILURE_IN is the program's name,
// FAILURE_MAP a file of eight numbers that the scripts write while it runs:
//   [0] offset of the wall clock in ns   [1] who is stuck: 1 every thread that runs the program's own code, 2 all of them
//   [2] delay of each fsync, in ms   [3] MiB of memory to leak   [4] 1: take every descriptor
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static volatile long long zeros[8], *map = zeros;

static void doze(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  while (nanosleep(&time, &time) && errno == EINTR) {}
}

/* The kit's own threads are named keepalive-…; a stuck program leaves them alone, a hung one does not. */
__attribute__((noinline)) static void stuck_here(void) {
  static __thread int isKit = -1;
  if (isKit < 0) {
    char name[17] = "";
    prctl(PR_GET_NAME, name);
    isKit = !strncmp(name, "keepalive-", 10);
  }
  if (map[1] == 1 && isKit) return;
  int before = errno;
  while (map[1]) doze(20);
  errno = before;
}
#define STUCK if (map[1]) stuck_here()

static void *sabotage(void *unused) {
  (void)unused;
  static int taken[4096];
  int count = 0;
  long long leaked = 0;
  for (;;) {
    doze(map[4] ? 1 : 50);
    for (; leaked < map[3]; leaked++) {
      char *piece = malloc(1 << 20);
      if (piece) memset(piece, 1, 1 << 20);
    }
    while (map[4] && count < 4096 && (taken[count] = dup(2)) >= 0) count++;
    while (!map[4] && count > 0) close(taken[--count]);
  }
  return 0;
}

__attribute__((constructor)) static void begin(void) {
  const char *program = getenv("FAILURE_IN"), *path = getenv("FAILURE_MAP");
  if (!program || !path || strcmp(program, program_invocation_short_name)) return;
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void *memory = mmap(0, sizeof zeros, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) return;
  map = memory;
  pthread_t thread;
  pthread_create(&thread, 0, sabotage, 0);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  REAL(clock_gettime);
  STUCK;
  int error = real(clock, time);
  if (!error && map[0] && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    long long now = time->tv_sec * 1000000000LL + time->tv_nsec + map[0];
    time->tv_sec = now / 1000000000LL;
    time->tv_nsec = now % 1000000000LL;
  }
  return error;
}
int gettimeofday(struct timeval *value, void *zone) {
  (void)zone;
  struct timespec time;
  clock_gettime(CLOCK_REALTIME, &time);
  value->tv_sec = time.tv_sec;
  value->tv_usec = time.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}

int poll(struct pollfd *list, nfds_t count, int timeout) {
  REAL(poll);
  int found = real(list, count, timeout);
  STUCK;
  return found;
}
int epoll_wait(int set, struct epoll_event *events, int count, int timeout) {
  REAL(epoll_wait);
  int found = real(set, events, count, timeout);
  STUCK;
  return found;
}

static void disk(int file) {
  struct stat status;
  if (map[2] && !fstat(file, &status) && S_ISREG(status.st_mode)) doze(map[2]);
}
#define DISK(result, name, types, args) result name types { REAL(name); disk(file); return real args; }
DISK(int, fsync, (int file), (file))
DISK(int, fdatasync, (int file), (file))
