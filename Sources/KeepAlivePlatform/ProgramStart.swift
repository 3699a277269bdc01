/// What every program does first.
package enum ProgramStart {
    /// Prepares the process and reads its command line. If the arguments cannot be read, it ends with 64 and a message:
    /// it must not run as if it had no arguments.
    ///
    /// - Parameter program: its name, for that message.
    /// - Returns: the arguments without the program's name.
    package static func begin(_ program: String) -> [String] {
        prepare()
        guard let arguments = arguments(kept: keptArguments, kernel: kernelArguments, runtime: CommandLine.arguments)
        else {
            FileDescriptor.print(
                "\(program): the command line cannot be read: mount /proc, or unset LD_PRELOAD", to: STDERR_FILENO)
            exit(64)
        }
        return arguments.dropFirst().map { String(decoding: $0, as: UTF8.self) }
    }

    /// Opens missing standard streams, and lets a write beyond `ulimit -f` fail instead of ending the process.
    package static func prepare() {
        // Started with `>&-`, the first opened file would become descriptor 1 and receive all output.
        for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
            // The system assigns the lowest free number, which is this one. Kept open, and inherited like the others.
            if unsafe open("/dev/null", O_RDWR) < 0 { _ = unsafe open("/", O_RDONLY) }
        }
        SignalRelay.keepAlivePastFileLimits()
    }

    /// The arguments as given, as bytes, without the program's name.
    package static var rawArguments: [[UInt8]] {
        arguments(kept: keptArguments, kernel: kernelArguments, runtime: CommandLine.arguments)
            .map { Array($0.dropFirst()) } ?? []
    }

    /// The first available source; nil when there is none. Pure.
    ///
    /// - Parameters:
    ///   - kept: the arguments from the C library at the start; nil if it does not pass them.
    ///   - kernel: the arguments in /proc; nil if it is hidden.
    ///   - runtime: the arguments of Swift's runtime. It loses them without /proc, and when a preloaded library has
    ///     moved the environment.
    static func arguments(kept: [[UInt8]]?, kernel: [[UInt8]]?, runtime: [String]) -> [[UInt8]]? {
        if let kept, !kept.isEmpty { return kept }
        if let kernel, !kernel.isEmpty { return kernel }
        return runtime.isEmpty ? nil : runtime.map { Array($0.utf8) }
    }

    /// /proc/self/cmdline: each argument ends in a zero byte.
    private static var kernelArguments: [[UInt8]]? {
        guard let bytes = ProcFile.bytes("/proc/self/cmdline", limit: 4 << 20), !bytes.isEmpty else { return nil }
        return bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false).map { Array($0) }
    }

    #if canImport(Glibc)
        private static var keptArguments: [[UInt8]]? { KeptArguments.all }
    #else
        private static let keptArguments: [[UInt8]]? = nil
    #endif
}

#if canImport(Glibc)
    /// glibc calls the functions of `.init_array` with `main`'s arguments. No other source is reliable: /proc may be
    /// hidden, and Swift's runtime finds nothing after a preloaded library has called setenv(3).
    private enum KeptArguments {
        typealias Strings = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

        // Written once, before `main`, when there is one thread.
        nonisolated(unsafe) static var values: Strings?
        nonisolated(unsafe) static var count: Int32 = 0

        static var all: [[UInt8]]? {
            guard let values = unsafe values, unsafe count > 0 else { return nil }
            return unsafe (0..<Int(count)).compactMap { index in
                unsafe values[index].map { text in
                    unsafe UnsafeRawBufferPointer(start: text, count: strlen(text)).map { $0 }
                }
            }
        }
    }

    private func keepArguments(
        count: Int32, values: KeptArguments.Strings?, environment: KeptArguments.Strings?
    ) {
        unsafe KeptArguments.values = values
        unsafe KeptArguments.count = count
    }

    @section(".init_array") @used
    private let argumentKeeper: @convention(c) (Int32, KeptArguments.Strings?, KeptArguments.Strings?) -> Void =
        unsafe keepArguments
#endif
