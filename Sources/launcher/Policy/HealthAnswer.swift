import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// What an answer of the bot's `/health` means to its launcher. Pure.
enum HealthAnswer: Equatable, Sendable {
    case well
    /// `isStuck` when the bot itself says that its executor runs nothing.
    case failed(String, isStuck: Bool)
    /// The bot has lost its connection. A new process would find the same network, and its own watchdog ends it with 75
    /// once that has lasted.
    case cutOff
    /// The launcher itself was short of a thread or a descriptor, which tells nothing of the bot, good or bad.
    case unknown

    init(status: Int, body: [UInt8], of url: HTTPURL) {
        // A program that is not of the kit may answer as it likes.
        let report = status == 503 ? BotReport(json: body) : nil
        self =
            if status != 503 {
                .well
            } else if report?.executor == "stopped" {
                .failed("\(url.authority) answers 503, its executor is stalled", isStuck: true)
            } else if report?.isCutOff == true {
                .cutOff
            } else {
                .failed("\(url.authority) answers 503", isStuck: false)
            }
    }

    init(_ failure: HTTPGet.Failure) {
        self =
            if case .system(_, let error) = failure, error.isPassingShortage {
                .unknown
            } else {
                .failed(failure.description, isStuck: false)
            }
    }
}
