// Their streams are variables of C's, which Swift takes for shared state; they are only read here.
#if canImport(Darwin)
    @unsafe @preconcurrency import Darwin
#elseif canImport(Musl)
    @unsafe @preconcurrency import Musl
#else
    @unsafe @preconcurrency import Glibc
#endif

/// Ends the process with a code, once what was printed has left.
///
/// Not exit(3): its handlers tear libcurl and OpenSSL down while their thread still works, and the crash that follows is
/// what the supervisor sees in place of the code (a quarter of all ends amid TLS transfers).
package func endProcess(_ code: Int32) -> Never {
    // Not all streams, as fflush(nil) does: it waits for a thread that reads standard input.
    unsafe fflush(stdout)
    unsafe fflush(stderr)
    _exit(code)
}

/// Ends the process with a code, and waits for nothing and nobody: what was printed leaves only where its reader takes it.
package func endProcessAtOnce(_ code: Int32) -> Never {
    if Poller.isWritable(STDOUT_FILENO, within: 0), unsafe ftrylockfile(stdout) == 0 { unsafe fflush(stdout) }
    _exit(code)
}
