import KeepAliveKit
import KeepAliveLease
import KeepAliveLeaseStore
import KeepAlivePlatform
import KeepAlivePostgreSQL
import Synchronization

/// Holds the monitors' lease, or waits for it, on a thread of its own: `LeaseState` decides, PostgreSQL keeps the row.
/// Thread-safe.
///
/// Where a launcher has a bot, a monitor has a term: it begins with `lead`, and has ended once `noteEnd` was called.
/// Whatever happens to this thread, `isHeld` is false from 0.92 of the time to live on.
final class LeaderLease: Sendable {
    /// What the monitor has to do.
    enum Change: Sendable, Equatable {
        case lead(epoch: Int64)
        /// End the term, for this reason; then call `noteEnd`.
        case end(String)
        /// Nothing is held any more, and nothing will be.
        case finished
    }

    /// What others may know.
    struct View: Sendable, Equatable {
        var isLeading = false
        /// The newest epoch that this monitor has held.
        var epoch: Int64 = 0
        var trouble: String?
    }

    private struct Shared {
        var events: [LeaseState.Event] = []
        var view = View()
        /// Why this monitor can never lead.
        var refusal: String?
    }

    /// The changes, in order; one consumer.
    let changes: AsyncStream<Change>
    private let output: AsyncStream<Change>.Continuation
    private let pipe: WakePipe
    private let shared = Mutex(Shared())
    /// In nanoseconds since boot; 0: none.
    private let deadline = Atomic<UInt64>(0)
    private let log: Log

    init(log: Log) throws(Errno) {
        pipe = try WakePipe()
        self.log = log
        (changes, output) = AsyncStream.makeStream(of: Change.self)
    }

    /// Starts the thread.
    ///
    /// - Throws: `Errno` if the system cannot start one.
    func start(_ settings: VantageSettings, at address: PostgreSQLAddress) throws(Errno) {
        let times = LeaseTimes(timeToLive: settings.timeToLive)
        var random = SystemRandomNumberGenerator()
        let host = MachineName.own ?? "unknown"
        let label = "\(settings.name)/\(host)/\(getpid())/\(String(random.next() as UInt32, radix: 16))"
        let statements = LeaseStatements(
            name: VantageSettings.lease, resource: VantageSettings.resource, label: label, host: settings.name,
            timeToLive: settings.timeToLive.microseconds / 1000)
        try OSThread.start(name: "monitor-lease") { [self] in
            let store = LeaseStore(address, statements, limit: times.giveUp, for: .monitor)
            run(LeaseState(times: times, label: label, user: .monitor), store)
        }
    }

    /// Whether this monitor certainly leads now.
    var isHeld: Bool { BootClock.nanoseconds < deadline.load(ordering: .acquiring) }

    var view: View { shared.withLock { $0.view } }

    /// The term has ended.
    func noteEnd() { post(.reaped(isClean: true)) }

    /// Gives the lease up: the monitor stops.
    func stop() { post(.stop) }

    private func post(_ event: LeaseState.Event) {
        shared.withLock { $0.events.append(event) }
        pipe.wake()
    }

    // MARK: The thread

    private func run(_ first: LeaseState, _ firstStore: LeaseStore) {
        var (state, store) = (first, firstStore)
        var poller = Poller()
        while true {
            var actions = state.handle(.tick, at: BootClock.now())
            for event in shared.withLock({ shared in
                defer { shared.events = [] }
                return shared.events
            }) {
                actions += state.handle(event, at: BootClock.now())
            }
            for event in store.advance() {
                switch event {
                case .warning(let words): log(.warning, words)
                case .answer(let number, _, let answer):
                    actions += state.handle(.answer(number, answer), at: BootClock.now())
                }
            }
            let isOver = carryOut(actions, &state, &store)
            note(state)
            if isOver { break }
            if !actions.isEmpty { continue }
            wait(&poller, state, store)
        }
        store.drop()
        output.yield(.finished)
        output.finish()
    }

    /// - Returns: whether it is finished.
    private func carryOut(_ actions: [LeaseState.Action], _ state: inout LeaseState, _ store: inout LeaseStore) -> Bool
    {
        var isOver = false
        for action in actions {
            switch action {
            case .send(let number, let request): store.take(number, request)
            case .replaceKeeper: store.drop()
            case .guardUntil(let time):
                let nanoseconds = time.map { UInt64(clamping: $0.microseconds).multipliedReportingOverflow(by: 1000) }
                deadline.store(nanoseconds.map { $0.overflow ? .max : $0.partialValue } ?? 0, ordering: .releasing)
            // A monitor that runs is fit to lead.
            case .examine: isOver = carryOut(state.handle(.examined(isFit: true), at: BootClock.now()), &state, &store)
            case .lead(let epoch, _):
                output.yield(.lead(epoch: epoch))
                isOver = carryOut(state.handle(.started, at: BootClock.now()), &state, &store)
            case .endBot(let words), .killBot(let words): output.yield(.end(words))
            case .handedOver: break
            case .log(let level, let words): log(level, words)
            case .refuse(_, let words):
                log(.error, "this monitor cannot lead: \(words)")
                shared.withLock { $0.refusal = words }
            case .finish: isOver = true
            }
            if isOver { return true }
        }
        return false
    }

    private func note(_ state: LeaseState) {
        shared.withLock { shared in
            shared.view.isLeading = state.isLeader
            shared.view.epoch = max(shared.view.epoch, state.epoch ?? 0)
            shared.view.trouble = shared.refusal ?? state.trouble
        }
    }

    private func wait(_ poller: inout Poller, _ state: LeaseState, _ store: LeaseStore) {
        poller.removeAll()
        poller.add(pipe.readEnd, read: true, write: false)
        if let descriptor = store.descriptor {
            poller.add(descriptor, read: store.wanted.contains(.read), write: store.wanted.contains(.write))
        }
        var until = store.deadline
        if let wake = state.wakeAt {
            let due = MonotonicTime.now().advanced(by: max(.zero, wake - BootClock.now()))
            until = until.map { min($0, due) } ?? due
        }
        do throws(Errno) {
            try poller.wait(until: until)
        } catch {
            // Short of memory: the next turn may succeed.
            OSThread.rest(milliseconds: 10)
        }
        _ = pipe.drain()
    }
}
