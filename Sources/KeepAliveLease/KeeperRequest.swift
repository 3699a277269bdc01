/// What the launcher asks of lease-keeper.
package enum KeeperRequest: Equatable, Sendable {
    /// Show the row; it is made when there is none.
    case observe
    /// Take the lease, if its beat is still the one that was watched.
    case acquire(watched: Beat, new: Beat)
    /// Write a new beat over one of our own. `info` replaces the row's; one without an `offer` also takes back the heir.
    case renew(epoch: Int64, new: Beat, over: [Beat], info: String?)
    /// Give the lease up, to an heir or to anybody.
    case release(epoch: Int64, new: Beat, over: [Beat], heir: String?, info: String?)
    /// Become the heir of a lease that is offered.
    case claim(epoch: Int64, heir: String)
    /// Kill the group of this process at the deadline, in nanoseconds of CLOCK_BOOTTIME; no deadline: leave it alone.
    /// The process's pidfd travels with the packet that names it first; without a process there is none.
    case protect(deadline: UInt64?, process: Int32?)
}

extension KeeperRequest: KeeperMessageBody {
    package var verb: String {
        switch self {
        case .observe: "observe"
        case .acquire: "acquire"
        case .renew: "renew"
        case .release: "release"
        case .claim: "claim"
        case .protect: "guard"
        }
    }

    package var fields: [KeeperField] {
        switch self {
        case .observe: []
        case .acquire(let watched, let new): [.beat(watched), .beat(new)]
        case .renew(let epoch, let new, let over, let info): [.number(epoch), .beat(new), .beats(over), .text(info)]
        case .release(let epoch, let new, let over, let heir, let info):
            [.number(epoch), .beat(new), .beats(over), .text(heir), .text(info)]
        case .claim(let epoch, let heir): [.number(epoch), .text(heir)]
        case .protect(let deadline, let process):
            [deadline.map { .number($0) } ?? .word("none"), process.map { .number($0) } ?? .text(nil)]
        }
    }

    package init?(verb: String, fields: inout KeeperFieldReader) throws(KeeperMessageError) {
        switch verb {
        case "observe": self = .observe
        case "acquire": self = .acquire(watched: try fields.beat(), new: try fields.beat())
        case "renew":
            self = .renew(
                epoch: try fields.number(from: 0), new: try fields.beat(), over: try fields.beats(),
                info: try fields.text())
        case "release":
            self = .release(
                epoch: try fields.number(from: 0), new: try fields.beat(), over: try fields.beats(),
                heir: try fields.text(), info: try fields.text())
        case "claim": self = .claim(epoch: try fields.number(from: 0), heir: try fields.requiredText())
        case "guard":
            self = .protect(
                deadline: try fields.number(orNil: "none", from: 0), process: try fields.number(orNil: "-", from: 2))
        default: return nil
        }
    }
}
