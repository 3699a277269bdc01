import KeepAliveKit
import KeepAlivePlatform

/// The result of `lease-keeper --check`, which reads the lease's address: it has libpq, and the launcher has not.
struct KeeperCheck: Equatable {
    /// It uses no network; a busy machine may need a while.
    private static let limit = Duration.seconds(10)

    /// 0, or 78 for an address that is not allowed; others mean that lease-keeper could not check it.
    let code: Int32
    let words: String

    /// Starts lease-keeper and waits for its end.
    ///
    /// - Parameter environment: the bot's.
    /// - Throws: `Errno` if there is no result, such as for lack of memory.
    init(_ path: String, url: String, environment: [String: String]) throws(Errno) {
        let pipe = try FileDescriptor.pipe()
        let variables = LeaseSettings.keeperEnvironment(from: environment).merging(["LEASE_URL": url]) { $1 }
        let process = try Spawn.start(
            [path, "--check"], environment: RawEnvironment.entries(for: variables), output: pipe.write.raw,
            errors: pipe.write.raw)
        let end = MonotonicTime.now().advanced(by: Self.limit)
        var ended = try Children.reap(process)
        while ended == nil {
            if MonotonicTime.now() > end {
                ProcessGroup.signal(process, SIGKILL)
                Children.wait(for: process)
                throw .timedOut
            }
            OSThread.rest(milliseconds: 2)
            ended = try Children.reap(process)
        }
        code = WaitStatus(raw: ended?.status ?? 0).exitCode
        let text = String(decoding: try pipe.read.readSome(4096) ?? [], as: UTF8.self)
        let words = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        let name = "lease-keeper: "
        self.words = words.hasPrefix(name) ? String(words.dropFirst(name.count)) : words
    }
}
