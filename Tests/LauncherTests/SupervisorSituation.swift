import Foundation
import KeepAliveKit
import KeepAlivePlatform

@testable import KeepAliveLauncher

/// The supervisor's phases, each reached as in the launcher.
enum SupervisorSituation: CaseIterable, Sendable {
    case waiting, running, shutdown, reload, condemned, finished

    func state(policy: RestartPolicy = RestartPolicy()) -> SupervisorState {
        var state = SupervisorState(policy: policy)
        let events: [SupervisorState.Event] =
            switch self {
            case .waiting: []
            case .running: [.delayOver]
            case .shutdown: [.delayOver, .stopSignal(SIGTERM)]
            case .reload: [.delayOver, .reloadSignal]
            case .condemned: [.delayOver, .unhealthy("ill", isStuck: false)]
            case .finished: [.delayOver, .exited(.exited(78), healthyFor: nil, record: .init())]
            }
        for event in events { _ = state.handle(event) }
        return state
    }
}

extension SupervisorState.Phase {
    /// The phase in one word.
    var mark: String {
        switch self {
        case .standby: "standby"
        case .waiting: "waiting"
        case .running: "running"
        case .ending(.shutdown): "shutdown"
        case .ending(.reload): "reload"
        case .ending(.condemned): "condemned"
        case .ending(.yielding): "yielding"
        case .ending(.tooLarge): "too large"
        case .finished(let code): "finished \(code)"
        }
    }
}

extension SupervisorState.Action {
    /// The action in one word; nil for a log line.
    var mark: String? {
        switch self {
        case .start: "start"
        case .signal(let number): "signal \(number)"
        case .killGroup: "killGroup"
        case .beginGrace: "grace"
        case .wait(let delay, _): "wait \(delay.inWords)"
        case .remember(let delay, _): "remember \(delay.inWords)"
        case .forgetFailures: "forget"
        case .log: nil
        case .died: "died"
        case .exit(let code): "exit \(code)"
        }
    }

    /// The action's log line.
    var line: String? {
        switch self {
        case .log(_, let text): text
        case .died(_, let words, _, _): words
        default: nil
        }
    }

    /// The reason for the bot's end.
    var reason: String? {
        if case .died(_, _, let reason, _) = self { reason } else { nil }
    }
}
