// Nanoseconds for one recorded update in Go: an atomic add, and the time of the monotonic clock stored beside it.
// One line for each number of threads: name, threads, nanoseconds of CPU time an update in each thread.
//
// Argument: updates for each thread.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

var (
	start   = time.Now()
	updates int64
	last    int64
)

//go:noinline
func record() {
	atomic.AddInt64(&updates, 1)
	// time.Since reads the monotonic clock alone; time.Now would read the wall clock too and take longer.
	atomic.StoreInt64(&last, int64(time.Since(start)))
}

// Keeps the calling thread on one core.
func pin(core int) {
	mask := uint64(1) << uint(core)
	_, _, _ = syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
}

// The CPU time of the calling thread.
func cpuTime() int64 {
	const threadClock = 3
	var now syscall.Timespec
	_, _, _ = syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, threadClock, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()
}

func main() {
	count := 2_000_000
	if len(os.Args) > 1 {
		if given, err := strconv.Atoi(os.Args[1]); err == nil {
			count = given
		}
	}
	for _, threads := range []int{1, 2} {
		var ready, done sync.WaitGroup
		var spent int64
		begin := make(chan struct{})
		ready.Add(threads)
		done.Add(threads)
		for i := 0; i < threads; i++ {
			go func(core int) {
				runtime.LockOSThread()
				pin(core)
				ready.Done()
				<-begin
				from := cpuTime()
				for n := 0; n < count; n++ {
					record()
				}
				atomic.AddInt64(&spent, cpuTime()-from)
				done.Done()
			}(i)
		}
		ready.Wait()
		close(begin)
		done.Wait()
		fmt.Printf("go-atomic\t%d\t%f\n", threads, float64(spent)/float64(threads*count))
	}
}
