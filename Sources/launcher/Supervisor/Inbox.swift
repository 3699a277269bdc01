import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport
import Synchronization

/// What reaches the supervisor's thread from elsewhere: signals, from their handler, and what the bot's `/health` answered.
final class Inbox: Sendable {
    typealias Answer = (bot: Int32, answer: HealthAnswer)

    private let pipe: WakePipe
    private let answers = Mutex<[Answer]>([])

    init() throws(Errno) {
        pipe = try WakePipe()
    }

    /// Where to wait.
    var readEnd: Int32 { pipe.readEnd }

    /// Where a signal handler may write the signal's number.
    var writeEnd: Int32 { pipe.writeEnd }

    /// What has come since the last call.
    func drain() -> (signals: [Int32], answers: [Answer]) {
        let signals = pipe.drain().map(Int32.init)
        return answers.withLock { answers in
            defer { answers = [] }
            return (signals, answers)
        }
    }

    /// Begins to ask a bot's `/health`, on a thread of its own, so that a bot that does not answer keeps the launcher from
    /// nothing; the answer comes within the timeout.
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
