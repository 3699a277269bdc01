import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// The dashboard's driver: one thread waits for keys, signals and results, updates the model and draws.
struct Watch: ~Copyable {
    private let style: Style
    private let interval: Duration
    private let token: String?
    private let inbox: WatchInbox
    private let pollers: [BotPoller]
    private let samples: SampleThread
    private var model: WatchModel

    /// - Throws: `KeepAliveError.configuration` for an invalid PORT.
    init(_ options: WatchOptions, environment: [String: String]) throws {
        let settings = Settings(environmentFile: options.environmentFile)
        style = Style(environment: environment)
        interval = options.interval
        token = settings.value("RESTART_TOKEN")
        // Given addresses do not need a readable .env; only a restart needs it.
        if !options.urls.isEmpty, options.environmentFile != nil { try settings.check() }
        let asked = options.urls.isEmpty ? [Options()] : options.urls.map { Options(url: $0) }
        let checks = try asked.map { try Check($0, settings: settings) }
        let inbox = try WatchInbox()
        pollers = checks.enumerated().map { BotPoller(number: $0.offset, check: $0.element, inbox: inbox) }
        samples = SampleThread(pollers: pollers, folder: ".", inbox: inbox)
        self.inbox = inbox
        let tokenState: WatchModel.TokenState =
            if let finding = settings.findings.first { .unreadable(finding) } else { token == nil ? .missing : .set }
        model = WatchModel(
            addresses: checks.map { $0.candidates.first?.authority ?? "" }, folder: WorkingFolder.path ?? ".",
            token: tokenState, now: .now(), clock: .now())
    }

    /// Reads the command line after `watch`, runs it, and ends the process.
    static func main(_ arguments: some Sequence<String>) -> Never {
        func refuse(_ failure: Options.UsageError) -> Never {
            FileDescriptor.complain("health-check watch: \(failure.advice(from: "health-check watch"))")
            exit(64)
        }
        do {
            let options = try WatchOptions(arguments)
            if options.showsHelp {
                print(WatchOptions.help)
                exit(0)
            }
            let environment = Settings.processEnvironment
            var watch = try Watch(options, environment: environment)
            if !["", "dumb"].contains(environment["TERM"] ?? ""), let terminal = Terminal() {
                exit(try watch.run(on: terminal))
            }
            exit(try watch.printOnce(environment))
        } catch let error as Options.UsageError {
            refuse(error)
        } catch let error as KeepAliveError {
            refuse(.init(description: error.description))
        } catch {
            FileDescriptor.complain("health-check watch: \(error)")
            exit(1)
        }
    }

    /// Polls every bot once and prints the result.
    private mutating func printOnce(_ environment: [String: String]) throws -> Int32 {
        for poller in pollers { try poller.start(every: nil) }
        // No timeout of ours covers a resolver that hangs.
        let deadline = MonotonicTime.now().advanced(by: BotPoller.timeout * 3)
        try take(until: deadline) { $0.bots.allSatisfy { $0.status != .waiting } }
        try samples.start(every: nil)
        // Only for a hanging disk; a busy machine gets enough time.
        try take(until: .now().advanced(by: .seconds(15))) { $0.system != SystemSample() }
        let columns = environment["COLUMNS"].flatMap { Int($0) }.map { min(max($0, 40), 1000) } ?? 80
        FileDescriptor.print(Frame.plain(model, columns: columns, style: style), to: STDOUT_FILENO)
        return model.bots.allSatisfy(\.status.isGood) ? 0 : 1
    }

    /// Takes events until the model meets the condition, or until the deadline.
    private mutating func take(until deadline: MonotonicTime, _ isMet: (WatchModel) -> Bool) throws {
        while !isMet(model), MonotonicTime.now() < deadline {
            var poller = Poller()
            poller.add(inbox.pipe.readEnd, read: true, write: false)
            try poller.wait(until: deadline)
            for event in inbox.drain().events { _ = model.handle(event, now: .now(), clock: .now()) }
        }
        _ = model.handle(.tick, now: .now(), clock: .now())
    }

    /// The live dashboard.
    ///
    /// - Returns: the exit code: 0 after a request to end, 1 if the terminal is gone.
    private mutating func run(on terminal: consuming Terminal) throws -> Int32 {
        var terminal = terminal
        SignalRelay.connect(to: inbox.pipe.writeEnd)
        SignalRelay.install(Self.endings + [SIGWINCH, SIGTSTP, SIGCONT])
        for poller in pollers { try poller.start(every: interval) }
        try samples.start(every: interval)
        var screen = Screen()
        var keys = KeyReader()
        defer { terminal.leave() }
        do throws(Errno) {
            try terminal.enter()
            while true {
                if !terminal.isBusy {
                    let size = terminal.size
                    try terminal.send(screen.update(Frame.lines(model, size, style), size))
                }
                let pressed = try wait(for: terminal, &keys)
                var (seen, signals) = inbox.drain()
                if signals.contains(SIGTSTP), !signals.contains(where: Self.endings.contains) {
                    suspend(&terminal)
                    // Later events, which include the signal to continue.
                    let later = inbox.drain()
                    seen += later.events
                    signals += later.signals
                }
                if signals.contains(where: Self.endings.contains) { return 0 }
                if signals.contains(SIGTSTP) || signals.contains(SIGCONT) {
                    try terminal.enter()
                    screen.forget()
                }
                if terminal.isBusy { try terminal.flush() }
                let size = terminal.size
                for event in seen + pressed + [.tick] {
                    switch model.handle(located(event, size), now: .now(), clock: .now()) {
                    case .quit: return 0
                    case .readLog(let bot, let launcher): readLog(of: bot, launcher)
                    case .restart(let bot): askForRestart(of: bot)
                    case nil: break
                    }
                }
            }
        } catch {
            return 1
        }
    }

    private static let endings = [SIGTERM, SIGINT, SIGHUP]

    /// Waits for the next event or key; returns the pressed keys.
    private func wait(for terminal: borrowing Terminal, _ keys: inout KeyReader) throws(Errno) -> [WatchEvent] {
        var poller = Poller()
        poller.add(terminal.raw, read: true, write: terminal.isBusy)
        poller.add(inbox.pipe.readEnd, read: true, write: false)
        // Ages change every second; a lone Escape is recognised because nothing follows it.
        try poller.wait(until: .now().advanced(by: keys.isWaiting ? .milliseconds(60) : .seconds(1)))
        if poller.isReadable(0) { return try keys.read(terminal.read()).map(WatchEvent.key) }
        return keys.isWaiting ? keys.pause().map { [.key($0)] } ?? [] : []
    }

    /// A click as the bot that it hits.
    private func located(_ event: WatchEvent, _ size: Terminal.Size) -> WatchEvent {
        guard case .key(.click(let row)) = event else { return event }
        return .key(Frame.bot(at: row, model, size).map(Key.bot) ?? .other)
    }

    /// On a thread of its own: a disk may hang.
    private func readLog(of bot: Int, _ launcher: Int32) {
        let inbox = inbox
        try? OSThread.start(name: "log") { inbox.post(.log(bot: bot, LauncherLogFile(process: launcher).lines())) }
    }

    private func suspend(_ terminal: inout Terminal) {
        terminal.leave()
        Terminal.stop()
        SignalRelay.install([SIGTSTP])
    }

    private func askForRestart(of bot: Int) {
        guard pollers.indices.contains(bot), let url = pollers[bot].url else { return }
        let request = RestartRequest(url: url, token: token, timeout: BotPoller.timeout)
        let (inbox, poller) = (inbox, pollers[bot])
        do {
            try OSThread.start(name: "restart") {
                let (accepted, words) = request.run()
                inbox.post(.restartAnswer(bot: bot, accepted: accepted, words: words))
                poller.lookNow()
            }
        } catch {
            inbox.post(.restartAnswer(bot: bot, accepted: false, words: error.description))
        }
    }
}
