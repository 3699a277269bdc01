// C declares its streams as variables, which Swift treats as shared state; they are only read here.
#if canImport(Darwin)
    @unsafe @preconcurrency import Darwin
#elseif canImport(Musl)
    @unsafe @preconcurrency import Musl
#else
    @unsafe @preconcurrency import Glibc
#endif

/// Ends the process with a code, once its output is written.
///
/// Not exit(3): its handlers destroy libcurl and OpenSSL while their thread still works. The resulting crash replaces
/// the exit code for the supervisor (a quarter of all ends during TLS transfers).
package func endProcess(_ code: Int32) -> Never {
    // Not all streams, as fflush(nil) does: it waits for a thread that reads standard input.
    unsafe fflush(stdout)
    unsafe fflush(stderr)
    _exit(code)
}

/// Ends the process with a code and never waits: its output is written only if the reader takes it.
package func endProcessAtOnce(_ code: Int32) -> Never {
    if Poller.isWritable(STDOUT_FILENO, within: 0), unsafe ftrylockfile(stdout) == 0 { unsafe fflush(stdout) }
    _exit(code)
}
