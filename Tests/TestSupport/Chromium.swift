import Foundation
import Synchronization

/// A headless Chromium process, driven by the DevTools protocol over two pipes; by one thread at a time.
///
/// Its start takes longer than most tests, so it is reused; each test gets its own context. Chromium writes all its
/// files, including home and temporary files, into its own folder. The folder is removed after the end of its last
/// process.
final class Chromium: Sendable {
    static let path = "/usr/bin/chromium"
    /// The time limit of an operation, because a page that keeps reporting errors is not silent.
    static let patience = Duration.seconds(60)

    private struct State {
        var isClosed = false
        var received: [UInt8] = []
        var calls = 0
    }

    private let folder: TemporaryDirectory
    private let process: ChildProcess
    private let input: Int32
    private let output: Int32
    /// Ends with the last of the processes: each has inherited its standard output.
    private let life: Int32
    private let state = Mutex(State())

    private static let idle = Mutex<[Chromium]>([])
    private static let closesAtExit: Void = {
        // Released too, or its folder would stay.
        atexit {
            while let chromium = Chromium.idle.withLock({ $0.popLast() }) { chromium.close() }
        }
    }()

    /// An unused process, or a new one.
    static func take() throws -> Chromium {
        _ = closesAtExit
        return try idle.withLock { $0.popLast() } ?? Chromium()
    }

    /// Keeps it for the next user.
    func giveBack() {
        Self.idle.withLock { $0.append(self) }
    }

    private init() throws {
        let folder = try TemporaryDirectory(prefix: "browser")
        let names = ["TO", "FROM", "LIFE"].map { ($0, folder.file($0).path) }
        for (_, path) in names where unsafe mkfifo(path, 0o600) != 0 { throw SystemFailure("mkfifo") }
        // The end to write to is opened in both directions, so that opening does not wait for the other end.
        let ends = try DescriptorGate.open("open") {
            [O_RDWR, O_RDONLY, O_RDONLY].enumerated().map { unsafe Foundation.open(names[$0].1, $1 | O_NONBLOCK) }
        }
        (self.folder, input, output, life) = (folder, ends[0], ends[1], ends[2])
        var environment = ProcessInfo.processInfo.environment
        for (name, path) in names { environment[name] = path }
        // Chromium keeps its single-instance socket in TMPDIR and its certificates in HOME.
        for name in ["TMPDIR", "HOME"] { environment[name] = folder.path }
        do {
            process = try ChildProcess(
                executable: "/bin/sh",
                arguments: [
                    "-c", #"exec "$0" "$@" 3<"$TO" 4>"$FROM" >"$LIFE" 2>/dev/null"#, Self.path, "--headless",
                    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
                    "--disable-background-networking", "--user-data-dir=\(folder.file("profile").path)",
                    "--remote-debugging-pipe",
                ], environment: environment)
        } catch {
            for end in ends { Foundation.close(end) }
            throw error
        }
    }

    /// Ends it and returns after the end of its last process: a process that still writes would recreate the folder.
    func close() {
        let wasClosed = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        guard !wasClosed else { return }
        _ = try? call("Browser.close", "{}")
        if !waitForEnd() {
            process.signalGroup(SIGKILL)
            _ = waitForEnd()
        }
        for end in [input, output, life] { Foundation.close(end) }
    }

    /// Sends a command with JSON parameters, and returns the answer.
    ///
    /// - Parameters:
    ///   - session: the page's session; empty for none.
    ///   - note: gets the page's messages before the answer.
    func call(
        _ method: String, _ parameters: String, session: String = "", note: (JSON) -> Void = { _ in }
    ) throws -> JSON {
        let number = state.withLock { state in
            state.calls += 1
            return state.calls
        }
        let to = session.isEmpty ? "" : #","sessionId":"\#(session)""#
        try send(#"{"id":\#(number),"method":"\#(method)","params":\#(parameters)\#(to)}"#)
        let end = ContinuousClock.now + Self.patience
        while true {
            let message = try next(until: end)
            guard message["id"]?.integer == Int64(number) else {
                if message["sessionId"]?.string == session { note(message) }
                continue
            }
            guard let result = message["result"] else {
                throw Browser.Failure(description: "\(method): \(message)")
            }
            return result
        }
    }

    /// The next message of any page; it ends in a NUL.
    func next(until end: ContinuousClock.Instant) throws -> JSON {
        while true {
            let message = state.withLock { state -> [UInt8]? in
                guard let end = state.received.firstIndex(of: 0) else { return nil }
                defer { state.received.removeFirst(end + 1) }
                return Array(state.received[..<end])
            }
            if let message { return try JSON(parsing: message) }
            let left = end - .now
            guard left > .zero, Self.wait(for: output, POLLIN, seconds: Int32(left.components.seconds) + 1) else {
                throw Browser.Failure(description: "the browser is silent")
            }
            guard let bytes = Self.read(output) else { throw Browser.Failure(description: "the browser has ended") }
            state.withLock { $0.received += bytes }
        }
    }

    /// Writes a message, ending in a NUL.
    private func send(_ message: String) throws {
        var rest = Array(message.utf8)[...] + [0]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(input, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if !Self.wait(for: input, POLLOUT) {
                throw Browser.Failure(description: "the browser does not listen")
            }
        }
    }

    /// Waits until all processes have closed the standard output; false after a timeout.
    private func waitForEnd() -> Bool {
        while Self.wait(for: life, POLLIN, seconds: 20) {
            if Self.read(life) == nil { return true }
        }
        return false
    }

    private static func wait(for end: Int32, _ event: Int32, seconds: Int32 = 60) -> Bool {
        var entry = pollfd(fd: end, events: Int16(event), revents: 0)
        return unsafe poll(&entry, 1, seconds * 1000) == 1
    }

    /// The available bytes, perhaps none; nil at the end.
    private static func read(_ end: Int32) -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe Foundation.read(end, &buffer, buffer.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR ? [] : nil }
        return count == 0 ? nil : buffer[..<count]
    }
}
