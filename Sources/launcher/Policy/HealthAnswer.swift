import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// The meaning of a bot's `/health` answer for its launcher. Pure.
enum HealthAnswer: Equatable, Sendable {
    case well
    /// It answers that it is unhealthy; or nothing listens, as in a bot whose server waits with its body.
    case unwell(String)
    /// It does not answer, or `isStuck`: it answers that its executor runs nothing.
    case failed(String, isStuck: Bool)
    /// The bot has lost its connection. A new process would have no better network, and its own watchdog exits with 75
    /// if that lasts.
    case cutOff
    /// The launcher lacked a thread, a descriptor or a name server, which proves nothing about the bot.
    case unknown

    init(status: Int, body: [UInt8], of url: HTTPURL) {
        // A program without the kit may send any answer.
        let report = status == 503 ? BotReport(json: body) : nil
        self =
            if status != 503 {
                .well
            } else if report?.executor == "stopped" {
                .failed("\(url.authority) answers 503, its executor is stalled", isStuck: true)
            } else if report?.isCutOff == true {
                .cutOff
            } else {
                .unwell("\(url.authority) answers 503")
            }
    }

    /// What counts as a failed poll, in words.
    var failure: (reason: String, isStuck: Bool)? {
        switch self {
        case .well, .cutOff, .unknown: nil
        case .unwell(let reason): (reason, false)
        case .failed(let reason, let isStuck): (reason, isStuck)
        }
    }

    init(_ failure: HTTPGet.Failure) {
        self =
            switch failure {
            case .system(_, let error) where error.isPassingShortage: .unknown
            case .noNameServer: .unknown
            case .refused: .unwell(failure.description)
            default: .failed(failure.description, isStuck: false)
            }
    }
}
