import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport
import Synchronization

/// Delivers events to the supervisor's thread: signals from their handler, and answers of the bot's `/health`.
final class Inbox: Sendable {
    typealias Answer = (bot: Int32, answer: HealthAnswer)

    private let pipe: WakePipe
    private let answers = Mutex<[Answer]>([])

    init() throws(Errno) {
        pipe = try WakePipe()
    }

    /// The descriptor to wait on.
    var readEnd: Int32 { pipe.readEnd }

    /// The descriptor to which a signal handler writes the signal's number.
    var writeEnd: Int32 { pipe.writeEnd }

    /// The events since the last call.
    func drain() -> (signals: [Int32], answers: [Answer]) {
        let signals = pipe.drain().map(Int32.init)
        return answers.withLock { answers in
            defer { answers = [] }
            return (signals, answers)
        }
    }

    /// Starts to ask a bot's `/health` on its own thread, so that a silent bot never blocks the launcher. The answer
    /// arrives within the timeout.
    func ask(_ url: HTTPURL, of bot: Int32, timeout: Duration) {
        do {
            try OSThread.start(name: "launcher-health") { [self] in
                do throws(HTTPGet.Failure) {
                    let response = try HTTPGet(url, timeout: timeout).run()
                    put(HealthAnswer(status: response.status, body: response.body, of: url), of: bot)
                } catch {
                    put(HealthAnswer(error), of: bot)
                }
            }
        } catch {
            put(.unknown, of: bot)
        }
    }

    private func put(_ answer: HealthAnswer, of bot: Int32) {
        answers.withLock { $0.append((bot, answer)) }
        pipe.wake()
    }
}
