import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport
import Synchronization

/// Asks a bot's `/health` on a thread of its own, so that a bot that does not answer keeps the launcher from nothing.
final class HealthPoll: Sendable {
    enum Answer: Equatable, Sendable {
        case well
        /// `isStuck` when the bot itself says that its executor runs nothing.
        case failed(String, isStuck: Bool)
        /// The bot has lost its connection. A new process would find the same network, and its own watchdog ends it with 75
        /// once that has lasted.
        case cutOff
    }

    private let answers = Mutex<[(bot: Int32, answer: Answer)]>([])
    private let wake: FileDescriptor.Pipe

    init() throws(Errno) {
        wake = try FileDescriptor.pipe()
    }

    /// Where to wait for answers.
    var raw: Int32 { wake.read.raw }

    /// Begins to ask; the answer comes within the timeout.
    func ask(_ url: HTTPURL, of bot: Int32, timeout: Duration) {
        do {
            try OSThread.start(name: "launcher-health") { [self] in
                put(Self.answer(url, timeout: timeout), of: bot)
            }
        } catch {
            // No thread to be had says something about the machine and nothing about the bot.
            put(.well, of: bot)
        }
    }

    /// The answers of a bot that have come since the last call; those of one before it are dropped.
    func take(of bot: Int32?) -> [Answer] {
        var byte: [UInt8] = Array(repeating: 0, count: 64)
        _ = byte.withUnsafeMutableBytes { buffer in try? wake.read.read(into: buffer) }
        return answers.withLock { answers in
            defer { answers = [] }
            return answers.filter { $0.bot == bot }.map(\.answer)
        }
    }

    private func put(_ answer: Answer, of bot: Int32) {
        answers.withLock { $0.append((bot, answer)) }
        _ = withUnsafeBytes(of: 1 as UInt8) { bytes in try? wake.write.write(bytes) }
    }

    private static func answer(_ url: HTTPURL, timeout: Duration) -> Answer {
        do {
            let response = try HTTPGet(url, timeout: timeout).run()
            guard response.status == 503 else { return .well }
            let report = String(decoding: response.body, as: UTF8.self)
            let isStuck = report.contains("\"executor\":\"stopped\"")
            if !isStuck, report.contains("\"gateway\":{\"connected\":false") { return .cutOff }
            let words = isStuck ? "503, its executor is stalled" : "503"
            return .failed("\(url.authority) answers \(words)", isStuck: isStuck)
        } catch {
            return .failed(error.description, isStuck: false)
        }
    }
}
