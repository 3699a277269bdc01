import KeepAliveKit
import KeepAliveLease
import KeepAlivePlatform

/// Carries out the part of ``LeaseState``'s decisions that concerns lease-keeper, the clock and the bot's deadline; the
/// supervisor does the rest.
final class LeaseDriver {
    /// How often lease-keeper is started at most, unless it ran longer.
    private static let keeperPause = Duration.seconds(1)
    /// How often to look whether an earlier launcher's lease-keeper has ended.
    private static let lockEvery = Duration.milliseconds(50)

    let settings: LeaseSettings
    private(set) var state: LeaseState
    /// The handovers for `launcher.status`.
    private(set) var handovers = HandoverLog()
    /// How long a bot may take to stop.
    var grace: Duration
    private let environment: [String: String]
    private let lockPath: String
    private let keeperPath: String
    private let host: String
    private let timer: BootTimer
    private let deadline: SharedDeadlineSource
    private let log: (Log.Level, String) -> Void
    private var keeper: KeeperProcess?
    private var keeperStarted: MonotonicTime?
    private var saidTrouble: String?
    /// An earlier launcher's lease-keeper ends its bot and releases; until then nothing is asked.
    private var waitsForLock = true
    private var saysWaiting = true
    /// The running bot, which the keeper guards.
    private var bot: Int32?
    private var botHandle: ProcessHandle?
    private var guardAt: Duration?
    private var isBotKnown = false

    /// - Parameters:
    ///   - environment: the bot's variables.
    ///   - grace: how long the bot may take to stop.
    ///   - keeperPath: lease-keeper's program.
    init(
        _ settings: LeaseSettings, environment: [String: String], grace: Duration, stateDirectory: String,
        keeperPath: String = LeaseSettings.keeperPath, log: @escaping (Log.Level, String) -> Void
    ) throws(Errno) {
        self.settings = settings
        self.grace = grace
        self.environment = LeaseSettings.keeperEnvironment(from: environment)
        self.log = log
        lockPath = "\(stateDirectory)/keeper.lock"
        self.keeperPath = keeperPath
        host = MachineName.own ?? "unknown"
        timer = try BootTimer()
        deadline = try SharedDeadlineSource()
        // Unique: a process number may come again, also in another container of the same name.
        var random = SystemRandomNumberGenerator()
        let label = "\(host)/\(getpid())/\(String(random.next() as UInt32, radix: 16))"
        state = LeaseState(times: LeaseTimes(timeToLive: settings.timeToLive), label: label)
    }

    // MARK: Descriptors

    var timerRaw: Int32 { timer.raw }
    var channelRaw: Int32? { keeper?.channelRaw }
    var outputRaw: Int32? { keeper.flatMap { $0.outputIsOpen ? $0.outputRaw : nil } }
    /// lease-keeper's process.
    var keeperID: Int32? { keeper?.processID }

    /// Variables for the bot, and the descriptor that it inherits.
    var botVariables: [String: String] {
        [
            "KEEPALIVE_LEASE_NAME": settings.name, "KEEPALIVE_LEASE_EPOCH": String(state.epoch ?? 0),
            "KEEPALIVE_LEASE_FD": String(deadline.raw), KeeperSettings.holderVariable: state.label,
        ]
    }
    var deadlineRaw: Int32 { deadline.raw }

    var mayStart: Bool { state.mayStart(at: BootClock.now()) }

    // MARK: Events

    /// What is left for the supervisor to do.
    func handle(_ event: LeaseState.Event) -> [LeaseState.Action] {
        let actions = state.handle(event, at: BootClock.now()).filter { !perform($0) }
        handovers.note(state.phase, grace: grace)
        arm()
        return actions
    }

    /// Time has passed, or lease-keeper wrote something.
    func turn() -> [LeaseState.Action] {
        timer.clear()
        if waitsForLock, isLockHeld() {
            // A stop must not wait for it.
            return []
        }
        var actions: [LeaseState.Action] = []
        if let keeper {
            let (answers, isClosed) = keeper.receive()
            for answer in answers { actions += handle(.answer(answer.sequence, answer.body)) }
            say(keeper.readLines())
            if isClosed, self.keeper === keeper {
                keeper.kill()
                self.keeper = nil
                actions += handle(.keeperLost)
            }
        }
        return actions + handle(.tick)
    }

    /// The record that the next leader resumes.
    func note(_ record: RestartPolicy.Record) { state.info.record = record }

    /// A bot was started.
    func started(_ process: Int32) -> [LeaseState.Action] {
        bot = process
        botHandle = try? ProcessHandle(of: process)
        isBotKnown = false
        sendGuard()
        return handle(.started)
    }

    /// The bot has ended.
    func reaped(isClean: Bool) -> [LeaseState.Action] {
        bot = nil
        botHandle = nil
        sendGuard()
        return handle(.reaped(isClean: isClean))
    }

    /// A person asks for a handover.
    func requestHandover(_ id: String) -> [LeaseState.Action] {
        handovers.began(id)
        return handle(.handover)
    }

    func noteHandover(isDone: Bool, _ words: String) {
        handovers.ended(isDone: isDone, words)
    }

    /// Nothing is held: lease-keeper ends with its channel.
    func finish() {
        if let keeper { say(keeper.readLines()) }
        keeper = nil
    }

    // MARK: Actions

    /// - Returns: whether this type has carried it out.
    private func perform(_ action: LeaseState.Action) -> Bool {
        switch action {
        case .send(let number, let request):
            if keeper == nil { startKeeper() }
            keeper?.send(number, request)
        case .replaceKeeper(let words):
            if let keeper {
                say(keeper.readLines())
                log(.warning, "replacing lease-keeper: \(words)")
                keeper.kill()
            }
            keeper = nil
        case .guardUntil(let time):
            guardAt = time
            deadline.set(time)
            sendGuard()
        default: return false
        }
        return true
    }

    private func arm() {
        timer.set(waitsForLock ? BootClock.now() + Self.lockEvery : state.wakeAt)
    }

    private func startKeeper() {
        // One that ends at once, or cannot be started, is not started in a loop.
        if let keeperStarted, MonotonicTime.now().since(keeperStarted) < Self.keeperPause { return }
        keeperStarted = .now()
        do throws(Errno) {
            keeper = try KeeperProcess(path: keeperPath, environment: environment) { channel in
                KeeperSettings(
                    url: settings.url, name: settings.name, resource: settings.resource,
                    timeToLiveMilliseconds: Int32(clamping: settings.timeToLive.saturatedNanoseconds / 1_000_000),
                    graceMilliseconds: Int32(clamping: grace.saturatedNanoseconds / 1_000_000), label: state.label,
                    host: host, lockPath: lockPath, channel: channel)
            }
            saidTrouble = nil
            isBotKnown = false
            sendGuard()
        } catch {
            let words = "lease-keeper cannot be started (\(error.message))"
            if words != saidTrouble { log(.error, words) }
            saidTrouble = words
        }
    }

    /// Tells lease-keeper whom to end when. The handle goes once to each keeper.
    private func sendGuard() {
        guard let keeper else { return }
        let nanoseconds = bot == nil ? nil : guardAt.map { UInt64(clamping: $0.saturatedNanoseconds) }
        let handle = isBotKnown ? nil : rawHandle
        keeper.send(0, .protect(deadline: nanoseconds, process: bot), passing: handle)
        isBotKnown = bot != nil
    }

    private var rawHandle: Int32? {
        switch botHandle {
        case .some(let handle): handle.raw
        case .none: nil
        }
    }

    private func isLockHeld() -> Bool {
        if (try? LockFile.isHeld(path: lockPath)) == true {
            if saysWaiting { log(.info, "waiting for the lease-keeper of an earlier launcher to end its bot") }
            saysWaiting = false
            arm()
            return true
        }
        waitsForLock = false
        return false
    }

    private func say(_ lines: [String]) {
        for line in lines {
            let level: Log.Level = line.hasPrefix("warning: ") ? .warning : line.hasPrefix("error: ") ? .error : .info
            log(level, line.hasPrefix("lease-keeper: ") ? line : "lease-keeper: \(line)")
        }
    }
}
