import Foundation

/// Chromium without a screen, spoken to by the DevTools protocol over two pipes. Use it from one thread.
///
/// All it writes, its home and its temporary files among it, goes into a folder of its own, which is removed once the
/// last of its processes is gone.
public final class Browser {
    /// What the browser refused, or that it is gone.
    public struct Failure: Error, CustomStringConvertible {
        /// What went wrong.
        public let description: String
    }

    private static let path = "/usr/bin/chromium"
    /// Whether there is a Chromium to try pages in.
    public static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

    private let folder: TemporaryDirectory
    private let process: ChildProcess
    private let input: Int32
    private let output: Int32
    /// Ends when the last of the browser's processes does: each of them has inherited its standard output.
    private let life: Int32
    private var isClosed = false
    private var received: [UInt8] = []
    private var calls = 0
    private var session = ""
    /// What the page complained about: errors, warnings, violations of its policy.
    public private(set) var complaints: [String] = []

    /// Starts a browser with one empty page.
    public init(width: Int, height: Int, isDark: Bool) throws {
        let folder = try TemporaryDirectory(prefix: "browser")
        let names = ["TO", "FROM", "LIFE"].map { ($0, folder.file($0).path) }
        for (_, path) in names where mkfifo(path, 0o600) != 0 { throw SystemFailure("mkfifo") }
        // Both ways for the one written to: so nobody waits for the other end, which may never come.
        let ends = try DescriptorGate.open("open") {
            [O_RDWR, O_RDONLY, O_RDONLY].enumerated().map { Foundation.open(names[$0].1, $1 | O_NONBLOCK) }
        }
        (self.folder, input, output, life) = (folder, ends[0], ends[1], ends[2])
        var environment = ProcessInfo.processInfo.environment
        for (name, path) in names { environment[name] = path }
        // Chromium's socket against a second start lies in TMPDIR, its certificates in HOME.
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
        let target = try call("Target.createTarget", #"{"url":"about:blank"}"#)["targetId"]?.string ?? ""
        session =
            try call("Target.attachToTarget", #"{"targetId":"\#(target)","flatten":true}"#)["sessionId"]?.string ?? ""
        try call(
            "Emulation.setDeviceMetricsOverride",
            #"{"width":\#(width),"height":\#(height),"deviceScaleFactor":1,"mobile":false}"#)
        try call(
            "Emulation.setEmulatedMedia",
            #"{"features":[{"name":"prefers-color-scheme","value":"\#(isDark ? "dark" : "light")"}]}"#)
        for domain in ["Page", "Runtime", "Log"] { try call("\(domain).enable", "{}") }
    }

    deinit { close() }

    /// Goes to a page and waits until it is loaded.
    public func open(_ url: String) throws {
        try call("Page.navigate", #"{"url":"\#(url)"}"#)
        try waitForLoad()
    }

    /// Waits until a page is loaded, for one that goes elsewhere by itself.
    public func waitForLoad() throws {
        while try next()["method"] != "Page.loadEventFired" {}
    }

    /// The value of an expression of the page, once it has one that is not null.
    public func value(of expression: String) throws -> JSON {
        let waiting = """
            new Promise(done => { const look = () => { const value = (() => \(expression))(); \
            if (value == null) setTimeout(look, 20); else done(value) }; look() })
            """
        let text = String(decoding: JSON.string(waiting).encoded, as: UTF8.self)
        let answer = try call(
            "Runtime.evaluate", #"{"expression":\#(text),"awaitPromise":true,"returnByValue":true}"#)
        guard answer["exceptionDetails"] == nil, let value = answer["result"]?["value"] else {
            throw Failure(description: "\(expression): \(answer)")
        }
        return value
    }

    /// Presses a key and lets it go.
    public func press(_ key: String, _ code: Int) throws {
        for kind in ["rawKeyDown", "keyUp"] {
            try call(
                "Input.dispatchKeyEvent",
                #"{"type":"\#(kind)","key":"\#(key)","code":"\#(key)","windowsVirtualKeyCode":\#(code)}"#)
        }
    }

    /// Ends the browser and returns when its last process is gone: one that still writes would bring back its folder.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        session = ""
        _ = try? call("Browser.close", "{}")
        if !waitForEnd() {
            process.signalGroup(SIGKILL)
            _ = waitForEnd()
        }
        for end in [input, output, life] { Foundation.close(end) }
    }

    /// Sends a command of the DevTools protocol, its parameters written as JSON, and returns the answer.
    @discardableResult
    public func call(_ method: String, _ parameters: String) throws -> JSON {
        calls += 1
        let to = session.isEmpty ? "" : #","sessionId":"\#(session)""#
        try send(#"{"id":\#(calls),"method":"\#(method)","params":\#(parameters)\#(to)}"#)
        while true {
            let message = try next()
            guard message["id"]?.integer == Int64(calls) else { continue }
            guard let result = message["result"] else { throw Failure(description: "\(method): \(message)") }
            return result
        }
    }

    /// Writes a message, which ends in a NUL.
    private func send(_ message: String) throws {
        var rest = Array(message.utf8)[...] + [0]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if !Self.wait(for: input, POLLOUT) {
                throw Failure(description: "the browser does not listen")
            }
        }
    }

    /// The next message, which ends in a NUL.
    private func next() throws -> JSON {
        while true {
            if let end = received.firstIndex(of: 0) {
                let message = try JSON(parsing: Array(received[..<end]))
                received.removeFirst(end + 1)
                note(message)
                return message
            }
            guard Self.wait(for: output, POLLIN) else { throw Failure(description: "the browser is silent") }
            guard let bytes = Self.read(output) else { throw Failure(description: "the browser has ended") }
            received += bytes
        }
    }

    private func note(_ message: JSON) {
        switch message["method"]?.string {
        case "Runtime.exceptionThrown", "Runtime.consoleAPICalled": complaints.append("\(message)")
        case "Log.entryAdded" where ["error", "warning"].contains(message["params"]?["entry"]?["level"]?.string ?? ""):
            complaints.append("\(message)")
        default: break
        }
    }

    /// Waits until the standard output of all the processes is closed; false when that does not come.
    private func waitForEnd() -> Bool {
        while Self.wait(for: life, POLLIN, seconds: 20) {
            if Self.read(life) == nil { return true }
        }
        return false
    }

    private static func wait(for end: Int32, _ event: Int32, seconds: Int32 = 60) -> Bool {
        var entry = pollfd(fd: end, events: Int16(event), revents: 0)
        return poll(&entry, 1, seconds * 1000) == 1
    }

    /// What there is to read, nothing if that is nothing, nil at the end.
    private static func read(_ end: Int32) -> ArraySlice<UInt8>? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = Foundation.read(end, &buffer, buffer.count)
        if count < 0 { return errno == EAGAIN || errno == EINTR ? [] : nil }
        return count == 0 ? nil : buffer[..<count]
    }
}
