import Foundation
import TestSupport

/// Chromium without a screen, spoken to by the DevTools protocol over two pipes. Use it from one thread.
final class Browser {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let path = "/usr/bin/chromium"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: path) }

    private let folder: TemporaryDirectory
    private let process = Process()
    private let input: FileHandle
    private let output: FileHandle
    private var received: [UInt8] = []
    private var calls = 0
    private var session = ""
    /// What the page complained about: errors, warnings, violations of its policy.
    private(set) var complaints: [String] = []

    init(width: Int, height: Int, isDark: Bool) throws {
        folder = try TemporaryDirectory(prefix: "browser")
        let (toBrowser, fromBrowser) = (folder.file("to").path, folder.file("from").path)
        guard mkfifo(toBrowser, 0o600) == 0, mkfifo(fromBrowser, 0o600) == 0 else { throw SystemFailure("mkfifo") }
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = [
            "-c", #"exec "$0" "$@" 3<"$TO" 4>"$FROM""#, Self.path, "--headless", "--no-sandbox", "--disable-gpu",
            "--no-first-run", "--disable-extensions", "--disable-background-networking",
            "--user-data-dir=\(folder.file("profile").path)", "--remote-debugging-pipe",
        ]
        process.environment = ProcessInfo.processInfo.environment.merging(["TO": toBrowser, "FROM": fromBrowser]) { $1 }
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        // In the shell's order: each waits for its other end.
        input = try FileHandle(forWritingTo: URL(filePath: toBrowser))
        output = try FileHandle(forReadingFrom: URL(filePath: fromBrowser))
        let target = try call("Target.createTarget", #"{"url":"about:blank"}"#)["targetId"]?.string ?? ""
        session =
            try call("Target.attachToTarget", #"{"targetId":"\#(target)","flatten":true}"#)["sessionId"]?.string ?? ""
        _ = try call(
            "Emulation.setDeviceMetricsOverride",
            #"{"width":\#(width),"height":\#(height),"deviceScaleFactor":1,"mobile":false}"#)
        _ = try call(
            "Emulation.setEmulatedMedia",
            #"{"features":[{"name":"prefers-color-scheme","value":"\#(isDark ? "dark" : "light")"}]}"#)
        for domain in ["Page", "Runtime", "Log"] { _ = try call("\(domain).enable", "{}") }
    }

    /// Goes to a page and waits until it is loaded.
    func open(_ url: String) throws {
        _ = try call("Page.navigate", #"{"url":"\#(url)"}"#)
        while try next()["method"] != "Page.loadEventFired" {}
    }

    /// The value of an expression of the page, once it has one that is not null.
    func value(of expression: String) throws -> JSON {
        let waiting = """
            new Promise(done => { const look = () => { const value = (() => \(expression))(); \
            if (value == null) setTimeout(look, 20); else done(value) }; look() })
            """
        var text = ""
        for character in waiting {
            if character == "\"" || character == "\\" { text += "\\" }
            text.append(character)
        }
        let answer = try call(
            "Runtime.evaluate", #"{"expression":"\#(text)","awaitPromise":true,"returnByValue":true}"#)
        guard answer["exceptionDetails"] == nil, let value = answer["result"]?["value"] else {
            throw Failure(description: "\(expression): \(answer)")
        }
        return value
    }

    func press(_ key: String, _ code: Int) throws {
        for kind in ["rawKeyDown", "keyUp"] {
            _ = try call(
                "Input.dispatchKeyEvent",
                #"{"type":"\#(kind)","key":"\#(key)","code":"\#(key)","windowsVirtualKeyCode":\#(code)}"#)
        }
    }

    func close() {
        try? input.close()
        process.terminate()
        process.waitUntilExit()
    }

    private func call(_ method: String, _ parameters: String) throws -> JSON {
        calls += 1
        let to = session.isEmpty ? "" : #","sessionId":"\#(session)""#
        try input.write(
            contentsOf: Data(#"{"id":\#(calls),"method":"\#(method)","params":\#(parameters)\#(to)}"#.utf8) + [0])
        while true {
            let message = try next()
            guard message["id"]?.integer == Int64(calls) else { continue }
            guard let result = message["result"] else { throw Failure(description: "\(method): \(message)") }
            return result
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
            var poll = pollfd(fd: output.fileDescriptor, events: Int16(POLLIN), revents: 0)
            guard Foundation.poll(&poll, 1, 60_000) == 1 else { throw Failure(description: "the browser is silent") }
            let bytes = output.availableData
            guard !bytes.isEmpty else { throw Failure(description: "the browser has ended") }
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
}
