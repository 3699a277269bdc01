/// What lease-keeper answers to the launcher.
package enum KeeperAnswer: Equatable, Sendable {
    case row(LeaseRow)
    /// There is no row, and none could be made yet; observe again.
    case none
    /// The lease is ours, with this epoch; `info` is what the earlier holder wrote.
    case granted(epoch: Int64, info: String)
    case renewed(heir: String?)
    /// A release or claim was applied; a guard is set.
    case done
    /// The statement changed no row: another beat or epoch stands there. This is definite.
    case zero
    /// The statement may or may not have been applied.
    case unknown(state: String?, words: String)
    /// lease-keeper cannot go on; the launcher ends with this code. It answers no request: its sequence number is 0.
    case refused(exit: Int32, words: String)
}

extension KeeperAnswer: KeeperMessageBody {
    package var verb: String {
        switch self {
        case .row: "row"
        case .none: "none"
        case .granted: "granted"
        case .renewed: "renewed"
        case .done: "done"
        case .zero: "zero"
        case .unknown: "unknown"
        case .refused: "refused"
        }
    }

    package var fields: [KeeperField] {
        switch self {
        case .row(let row):
            [
                .number(row.epoch), .beat(row.beat), .text(row.holder), .text(row.heir), .number(row.timeToLive),
                .text(row.host), .text(row.since), .text(row.info),
            ]
        case .none, .done, .zero: []
        case .granted(let epoch, let info): [.number(epoch), .text(info)]
        case .renewed(let heir): [.text(heir)]
        case .unknown(let state, let words): [.text(state), .text(words)]
        case .refused(let exit, let words): [.number(exit), .text(words)]
        }
    }

    package init?(verb: String, fields: inout KeeperFieldReader) throws(KeeperMessageError) {
        switch verb {
        case "row":
            self = .row(
                LeaseRow(
                    epoch: try fields.number(from: 0), beat: try fields.beat(), holder: try fields.text(),
                    heir: try fields.text(), timeToLive: try fields.number(from: 1), host: try fields.requiredText(),
                    since: try fields.text(), info: try fields.requiredText()))
        case "none": self = .none
        case "granted": self = .granted(epoch: try fields.number(from: 1), info: try fields.requiredText())
        case "renewed": self = .renewed(heir: try fields.text())
        case "done": self = .done
        case "zero": self = .zero
        case "unknown": self = .unknown(state: try fields.text(), words: try fields.requiredText())
        case "refused":
            self = .refused(exit: try fields.number(from: 1, through: 255), words: try fields.requiredText())
        default: return nil
        }
    }
}
