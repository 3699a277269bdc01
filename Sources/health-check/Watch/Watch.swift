import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// The dashboard's driver: one thread that waits for keys, signals and what the others saw, changes the model, and draws.
struct Watch: ~Copyable {
    private let style: Style
    private let interval: Duration
    private let token: String?
    private let inbox: WatchInbox
    private let pollers: [BotPoller]
    private let samples: SampleThread
    private var model: WatchModel

    /// - Throws: `KeepAliveError.configuration` for a PORT that is none.
    init(_ options: WatchOptions, environment: [String: String]) throws {
        let settings = Settings(environmentFile: options.environmentFile)
        style = Style(environment: environment)
        interval = options.interval
        token = settings.value("RESTART_TOKEN")
        let checks: [Check]
        if options.urls.isEmpty {
            checks = [try Check(Options(), settings: settings)]
        } else {
            // An unreadable .env is of no interest to an address that was given; only a restart needs it.
            if options.environmentFile != nil { try settings.check() }
            checks = try options.urls.map { try Check(Options(url: $0), settings: settings) }
        }
        let inbox = try WatchInbox()
        let folder = Self.workingFolder
        pollers = try checks.enumerated().map { try BotPoller(number: $0.offset, check: $0.element, inbox: inbox) }
        samples = SampleThread(pollers: pollers, folder: ".", inbox: inbox)
        self.inbox = inbox
        let tokenState: WatchModel.TokenState =
            if let finding = settings.findings.first { .unreadable(finding) } else { token == nil ? .missing : .set }
        model = WatchModel(
            addresses: checks.map { $0.candidates.first?.authority ?? "" }, folder: folder, token: tokenState,
            now: .now(), clock: .now())
    }

    private static var workingFolder: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getcwd(&buffer, buffer.count) != nil else { return "." }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Reads the command line behind `watch`, runs it, and ends the process.
    static func main(_ arguments: some Sequence<String>) -> Never {
        func refuse(_ message: String) -> Never {
            FileDescriptor.print("health-check watch: \(message). Try health-check watch --help.", to: STDERR_FILENO)
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
            let terminal = environment["TERM"] ?? ""
            if terminal.isEmpty || terminal == "dumb" { exit(try watch.printOnce(environment)) }
            guard let screen = Terminal() else { exit(try watch.printOnce(environment)) }
            exit(try watch.run(on: screen))
        } catch let error as Options.UsageError {
            refuse(error.description)
        } catch let error as KeepAliveError {
            refuse(error.description)
        } catch {
            FileDescriptor.print("health-check watch: \(error)", to: STDERR_FILENO)
            exit(1)
        }
    }

    /// Looks at every bot once and prints what it saw.
    private mutating func printOnce(_ environment: [String: String]) throws -> Int32 {
        for poller in pollers { try poller.startOnce() }
        // A resolver that hangs is beyond every time-out of ours.
        let deadline = MonotonicTime.now().advanced(by: BotPoller.timeout * 3)
        try take(until: deadline) { $0.bots.allSatisfy { $0.status != .waiting } }
        try samples.startOnce()
        // Only for a disk that does not answer; a busy machine gets its time.
        try take(until: .now().advanced(by: .seconds(15))) { $0.system != SystemSample() }
        let columns = environment["COLUMNS"].flatMap { Int($0) }.map { min(max($0, 40), 1000) } ?? 80
        FileDescriptor.print(Frame.plain(model, columns: columns, style: style), to: STDOUT_FILENO)
        return model.bots.allSatisfy(\.status.isGood) ? 0 : 1
    }

    /// Takes events until the model is as it should be, or it is late.
    private mutating func take(until deadline: MonotonicTime, _ isMet: (WatchModel) -> Bool) throws {
        while !isMet(model), MonotonicTime.now() < deadline {
            var poller = Poller()
            poller.add(inbox.readEnd, read: true, write: false)
            try poller.wait(until: deadline)
            for event in inbox.drain().events { _ = model.handle(event, now: .now(), clock: .now()) }
        }
        _ = model.handle(.tick, now: .now(), clock: .now())
    }

    /// The live dashboard.
    ///
    /// - Returns: the exit code: 0 when it was asked to end, 1 when the terminal is gone.
    private mutating func run(on terminal: consuming Terminal) throws -> Int32 {
        var terminal = terminal
        SignalRelay.connect(to: inbox.writeEnd)
        SignalRelay.install([SIGTERM, SIGINT, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT])
        for poller in pollers { try poller.start(every: interval) }
        try samples.start(every: interval)
        var screen = Screen()
        var keys = KeyReader()
        do throws(Errno) {
            try terminal.enter()
            while true {
                if !terminal.isBusy {
                    let size = terminal.size
                    try terminal.send(screen.update(Frame.lines(model, size, style), size))
                }
                var poller = Poller()
                poller.add(terminal.raw, read: true, write: terminal.isBusy)
                poller.add(inbox.readEnd, read: true, write: false)
                // Ages grow by the second; an Escape alone is known by what does not follow it.
                let pause = keys.isWaiting ? Duration.milliseconds(60) : .seconds(1)
                try poller.wait(until: .now().advanced(by: pause))
                var pressed: [Key] = []
                if poller.isReadable(0) {
                    pressed = try keys.read(terminal.read())
                } else if keys.isWaiting, let key = keys.pause() {
                    pressed = [key]
                }
                var (events, signals) = inbox.drain()
                if signals.contains(where: [SIGTERM, SIGINT, SIGHUP].contains) { break }
                if signals.contains(SIGTSTP) { suspend(&terminal) }
                if signals.contains(SIGTSTP) || signals.contains(SIGCONT) {
                    let later = inbox.drain()
                    if later.signals.contains(where: [SIGTERM, SIGINT, SIGHUP].contains) { break }
                    events += later.events
                    try terminal.resume()
                    screen.forget()
                }
                if terminal.isBusy { try terminal.flush() }
                for event in events + pressed.map(WatchEvent.key) + [.tick] {
                    guard let action = model.handle(event, now: .now(), clock: .now()) else { continue }
                    guard case .restart(let bot) = action else {
                        terminal.leave()
                        return 0
                    }
                    askForRestart(of: bot)
                }
            }
        } catch {
            terminal.leave()
            return 1
        }
        terminal.leave()
        return 0
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
