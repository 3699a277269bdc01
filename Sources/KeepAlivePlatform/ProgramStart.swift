/// What every program does before anything else.
package enum ProgramStart {
    /// Makes the process safe to work in, and reads its command line. A program that cannot know its arguments must not take
    /// that for "no arguments": it ends with 64 and says so.
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

    /// Opens what is missing of the standard streams, and lets a write that a limit forbids (`ulimit -f`) fail instead of
    /// ending the process.
    package static func prepare() {
        // Started with `>&-`, the first file that is opened would become descriptor 1, and all output would go into it.
        for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
            // The lowest free number is taken, which is this one. Kept open for good, and inherited as the others are.
            if unsafe open("/dev/null", O_RDWR) < 0 { _ = unsafe open("/", O_RDONLY) }
        }
        SignalRelay.keepAlivePastFileLimits()
    }

    /// The arguments as they were given, byte by byte, without the program's name.
    package static var rawArguments: [[UInt8]] {
        arguments(kept: keptArguments, kernel: kernelArguments, runtime: CommandLine.arguments)
            .map { Array($0.dropFirst()) } ?? []
    }

    /// The first source that knows them; nil when none does. Pure.
    ///
    /// - Parameters:
    ///   - kept: what the C library handed over at the start; nil where it does not.
    ///   - kernel: what /proc says; nil where it is hidden.
    ///   - runtime: what Swift's runtime says, which loses them when a preloaded library has moved the environment, and without /proc.
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
    /// glibc calls the functions of `.init_array` with what `main` gets. No other source is sure: /proc may be hidden, and Swift's
    /// runtime finds nothing once a preloaded library has called setenv(3).
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
