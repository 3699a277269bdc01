import KeepAliveTestSupport

@testable import KeepAliveLease

/// Machines with launchers, bots and lease-keepers around one row, in steps of 20 ms: messages are late or lost, and
/// launchers freeze alone.
struct LeaseWorld {
    static let step: Duration = .milliseconds(20)
    static let times = LeaseTimes(timeToLive: .seconds(5))

    struct Machine {
        var state: LeaseState
        var frozenUntil: Duration = .zero
        /// When the running bot ends; nil if it does of itself never.
        var endsAt: Duration?
        var hasBot = false
        var isReaped = true
        /// The keeper and the kit end the bot then, also of a frozen launcher.
        var guardAt: Duration?
        var requests: [(at: Duration, number: UInt64, request: KeeperRequest)] = []
        var answers: [(at: Duration, number: UInt64, answer: KeeperAnswer)] = []
    }

    var random: SeededRandom
    var now: Duration = .seconds(100)
    var row = LeaseMachine.row(epoch: 0, holder: nil, ttl: 5000)
    var machines: [Machine]
    var hasFaults = true
    /// What must not happen, with its time.
    var violations: [String] = []
    /// The last term, and whose it was: its holder may find it again.
    private var latest: (epoch: Int64, machine: Int) = (0, 0)

    init(seed: UInt64, machines count: Int) {
        random = SeededRandom(seed: seed)
        machines = (0..<count).map { Machine(state: LeaseState(times: Self.times, label: "machine \($0)")) }
    }

    mutating func pass(_ time: Duration) {
        let end = now + time
        while now < end {
            now += Self.step
            for index in machines.indices { turn(index) }
            let running = machines.indices.filter { machines[$0].hasBot }
            if running.count > 1 { violations.append("\(now): bots run on \(running)") }
        }
    }

    private mutating func turn(_ index: Int) {
        let arrived = machines[index].requests.filter { $0.at <= now }
        machines[index].requests.removeAll { $0.at <= now }
        for entry in arrived {
            let answer = apply(entry.request)
            if let delay = delay() { machines[index].answers.append((now + delay, entry.number, answer)) }
        }
        if machines[index].hasBot, let at = [machines[index].endsAt, machines[index].guardAt].compactMap(\.self).min(),
            at <= now
        {
            machines[index].hasBot = false
        }
        if hasFaults, random.next(upTo: 1500) == 0 {
            machines[index].frozenUntil = now + .milliseconds(random.next(upTo: 15_000))
        }
        guard machines[index].frozenUntil <= now else { return }
        let answers = machines[index].answers.filter { $0.at <= now }
        machines[index].answers.removeAll { $0.at <= now }
        for entry in answers { handle(.answer(entry.number, entry.answer), index) }
        if !machines[index].hasBot, !machines[index].isReaped {
            machines[index].isReaped = true
            handle(.reaped(isClean: true), index)
        }
        if hasFaults, random.next(upTo: 1000) == 0 { handle(.handover, index) }
        handle(.tick, index)
    }

    private mutating func handle(_ event: LeaseState.Event, _ index: Int) {
        for action in machines[index].state.handle(event, at: now) {
            switch action {
            case .send(let number, let request):
                if let delay = delay() { machines[index].requests.append((now + delay, number, request)) }
            case .guardUntil(let time): machines[index].guardAt = time
            case .examine: handle(.examined(isFit: true), index)
            case .lead(let epoch, _):
                if row.holder == nil { violations.append("\(now): leads on a free lease") }
                if epoch < latest.epoch || epoch == latest.epoch && index != latest.machine {
                    violations.append("\(now): epoch \(epoch) of \(index) after \(latest)")
                }
                latest = (epoch, index)
                (machines[index].hasBot, machines[index].isReaped, machines[index].endsAt) = (true, false, nil)
                handle(.started, index)
            case .endBot:
                if machines[index].hasBot { machines[index].endsAt = now + .milliseconds(random.next(upTo: 1500)) }
            case .killBot: machines[index].hasBot = false
            default: break
            }
        }
    }

    /// How long a message takes; nil if it is lost.
    private mutating func delay() -> Duration? {
        guard hasFaults else { return .milliseconds(20) }
        if random.next(upTo: 10) == 0 { return nil }
        return .milliseconds(random.next(upTo: random.next(upTo: 8) == 0 ? 6000 : 60))
    }

    /// The statements of docs/high-availability.md.
    private mutating func apply(_ request: KeeperRequest) -> KeeperAnswer {
        switch request {
        case .observe: return .row(row)
        case .acquire(let watched, let new):
            guard row.beat == watched else { return .zero }
            (row.epoch, row.beat, row.heir, row.holder) = (row.epoch + 1, new, nil, "somebody")
            return .granted(epoch: row.epoch, info: row.info)
        case .renew(let epoch, let new, let over, let info):
            guard row.epoch == epoch, over.contains(row.beat) else { return .zero }
            row.beat = new
            if let info {
                row.info = info
                if !LeaseInfo(json: info).isOffered { row.heir = nil }
            }
            return .renewed(heir: row.heir)
        case .release(let epoch, let new, let over, let heir, let info):
            guard row.epoch == epoch, over.contains(row.beat) else { return .zero }
            (row.beat, row.holder, row.heir, row.info) = (new, nil, heir, info ?? row.info)
            return .done
        case .claim(let epoch, let heir):
            guard row.epoch == epoch, row.heir == nil, LeaseInfo(json: row.info).isOffered else { return .zero }
            row.heir = heir
            return .done
        case .protect: return .done
        }
    }
}

extension SeededRandom {
    /// A number from 0 below a limit.
    fileprivate mutating func next(upTo limit: Int) -> Int { Int.random(in: 0..<max(1, limit), using: &self) }
}
