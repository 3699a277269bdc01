import KeepAliveKit
import Testing

@testable import KeepAliveLease

/// A launcher's decisions with a clock that only the test moves. TTL 30 s: renew 3, give up 3, end 24, kill 27, guard 27.6.
struct LeaseMachine {
    static let label = "alpha/1/a"
    static let start: Duration = .seconds(1000)

    var state = LeaseState(times: LeaseTimes(timeToLive: .seconds(30)), label: label)
    var now = start
    /// The last request, answered or not.
    private(set) var sent: (number: UInt64, request: KeeperRequest)?
    private(set) var isFit = true
    var log: [String] = []

    init() {}

    /// A standby whose first look found this row.
    init(seeing row: LeaseRow) {
        handle(.tick)
        answer(.row(row))
    }

    @discardableResult
    mutating func handle(_ event: LeaseState.Event, examines: Bool = true) -> [LeaseState.Action] {
        var actions = state.handle(event, at: now)
        // The launcher answers at once.
        if examines, actions.contains(.examine) { actions += state.handle(.examined(isFit: isFit), at: now) }
        for action in actions { if case .send(let number, let request) = action { sent = (number, request) } }
        return actions
    }

    /// Answers the last request.
    @discardableResult
    mutating func answer(_ answer: KeeperAnswer) -> [LeaseState.Action] {
        handle(.answer(sent?.number ?? 0, answer))
    }

    @discardableResult
    mutating func pass(_ seconds: Double) -> [LeaseState.Action] {
        now += .milliseconds(Int((seconds * 1000).rounded()))
        return handle(.tick)
    }

    /// Moves on to the next request that is due of itself.
    @discardableResult
    mutating func passToNextRequest() -> [LeaseState.Action] {
        now = max(now, state.wakeAt ?? now)
        return handle(.tick)
    }

    mutating func becomeUnfit() { isFit = false }

    /// The request whose answer is awaited.
    var awaited: KeeperRequest? { state.pending?.request }

    /// The new beat of the last request.
    var beat: Beat? {
        switch sent?.request {
        case .acquire(_, let new), .renew(_, let new, _, _), .release(_, let new, _, _, _): new
        default: nil
        }
    }

    static func row(
        epoch: Int64 = 5, beat: Beat = Beat(7, 7), holder: String? = "beta/2/b", heir: String? = nil,
        ttl: Int32 = 30_000, info: String = "{}"
    ) -> LeaseRow {
        LeaseRow(
            epoch: epoch, beat: beat, holder: holder, heir: heir, timeToLive: ttl, host: "beta",
            since: "2026-01-19T16:07:27Z", info: info)
    }

    mutating func lead(info: String = "{}") {
        handle(.tick)
        answer(.row(Self.row(holder: nil)))
        answer(.granted(epoch: 6, info: info))
        handle(.started)
    }
}

/// The phases, each reached as in the launcher. A request is unanswered in each but abstaining and finished.
enum LeaseSituation: CaseIterable, Sendable {
    case standby, asking, leading, offering, passing, stopping, losing, abstaining, finished

    var machine: LeaseMachine {
        var machine = LeaseMachine()
        switch self {
        case .standby: machine.handle(.tick)
        case .asking:
            machine = LeaseMachine(seeing: LeaseMachine.row(holder: nil))
        case .leading:
            machine.lead()
            machine.pass(3)
        case .offering:
            machine.lead()
            machine.handle(.handover)
        case .passing:
            machine.lead()
            machine.handle(.handover)
            machine.answer(.renewed(heir: "beta/2/b"))
            machine.pass(3)
        case .stopping:
            machine.lead()
            machine.handle(.stop)
            machine.pass(3)
        case .losing:
            machine.lead()
            machine.pass(24)
        case .abstaining:
            machine.lead()
            machine.handle(.reaped(isClean: true))
            machine.handle(.waiting(.seconds(100)))
            machine.answer(.done)
        case .finished:
            machine.handle(.tick)
            machine.handle(.stop)
        }
        return machine
    }
}

extension LeaseState.Phase {
    var mark: String {
        switch self {
        case .standby: "standby"
        case .asking: "asking"
        case .leading: "leading"
        case .offering: "offering"
        case .passing(let heir): "passing to \(heir.prefix { $0 != "/" })"
        case .stopping: "stopping"
        case .losing: "losing"
        case .abstaining: "abstaining"
        case .finished: "finished"
        }
    }
}

extension LeaseState.Action {
    /// The action in a word; nil for a log line.
    var mark: String? {
        switch self {
        case .send(_, .observe): "observe"
        case .send(_, .acquire): "acquire"
        case .send(_, .renew(_, _, _, let info)): info == nil ? "renew" : "renew \(info ?? "")"
        case .send(_, .release(_, _, _, let heir, _)): heir == nil ? "release" : "release to heir"
        case .send(_, .claim): "claim"
        case .send(_, .protect): "protect"
        case .replaceKeeper: "keeper"
        case .guardUntil(let time): time == nil ? "no guard" : "guard"
        case .examine: "examine"
        case .lead: "lead"
        case .endBot: "end"
        case .killBot: "kill"
        case .handedOver(let isDone, _): isDone ? "handed over" : "not handed over"
        case .log: nil
        case .refuse(let code, _): "refuse \(code)"
        case .finish: "finish"
        }
    }
}
