import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// The result of one check.
enum Finding: Equatable {
    /// The bot answered.
    case report(BotReport, json: [UInt8], at: HTTPURL)
    /// No bot runs here, as it should be: the launcher waits as a standby; the text says who leads.
    case standby(String)
    /// No valid answer; the text names each address and its error.
    case unreachable(String)
    /// Another program answered instead of the bot.
    case stranger(String)
}

/// Asks one address, or the ports that a bot may use.
struct Check {
    let candidates: [HTTPURL]
    let botName: String?
    let timeout: Duration
    /// The launcher's state folder; nil if a certain address is asked, which need not be on this machine.
    private let stateDirectory: String?

    /// Uses the addresses from the options and the settings.
    ///
    /// - Throws: `KeepAliveError.configuration` for an invalid PORT.
    init(_ options: Options, settings: consuming Settings) throws(KeepAliveError) {
        botName = options.botName
        timeout = options.timeout
        stateDirectory =
            options.url == nil && options.host == nil
            ? options.stateDirectory ?? StateConvention { [settings = copy settings] in settings.value($0) }.launcher
            : nil
        if let url = options.url {
            candidates = [url.target == "/" ? url.with(target: "/health") : url]
            return
        }
        let first = settings.integer("PORT", in: 1...65_535, default: 8001)
        let fallbacks = options.port == nil ? settings.integer("PORT_FALLBACKS", in: 0...100, default: 2) : 0
        let host = Self.reachable(options.host ?? settings.value("HOST") ?? "")
        try settings.check()
        candidates = (0...fallbacks).compactMap { UInt16(exactly: first + $0) }.map {
            HTTPURL(host: host, port: $0, target: "/health")
        }
    }

    /// The address to reach a bot by its listening address: for all interfaces it is this machine.
    static func reachable(_ host: String) -> String {
        guard case .named(let name) = ListenHost(host) else { return "localhost" }
        // Longer spellings of these addresses consist only of these characters: ::0, 0:0:0:0:0:0:0:0, ...
        return name.utf8.allSatisfy("0.:*".utf8.contains) ? "localhost" : name
    }

    /// Asks in turn; the bot's first answer counts, whatever its status. One deadline covers all attempts.
    func run() -> Finding {
        let deadline = MonotonicTime.now().advanced(by: timeout)
        var words: [String] = []
        var hasStranger = false
        for (index, url) in candidates.enumerated() {
            let left = deadline.since(.now())
            guard left > .zero else {
                words.append("\(url.authority) was not checked: the timeout was over")
                break
            }
            // A silent other program must leave time for the bot on the next port.
            let finding = ask(url, until: .now().advanced(by: left / (candidates.count - index)))
            switch finding {
            case .report, .standby: return finding
            case .unreachable(let text): words.append(text)
            case .stranger(let text):
                words.append(text)
                hasStranger = true
            }
        }
        if let standby = stateDirectory.flatMap(Standby.init) {
            return standby.isLed ? .standby(standby.leader) : .unreachable("standby: \(standby.leader)")
        }
        // One sentence; the answer of another program says more than a silent port.
        let text = words.joined(separator: "; ")
        return hasStranger ? .stranger(text) : .unreachable(text)
    }

    private func ask(_ url: HTTPURL, until deadline: MonotonicTime) -> Finding {
        do {
            // Rounded, because an error names it: "within 5 s", not 4.999.
            let left = Duration.milliseconds((deadline.since(.now()).seconds * 100).rounded(.up) * 10)
            let response = try HTTPGet(url, timeout: left).run()
            // The kit uses only these two statuses; any other comes from another program, whatever the body contains.
            guard [200, 503].contains(response.status), let report = BotReport(json: response.body) else {
                return .stranger(Self.words(for: response, at: url))
            }
            if let botName {
                let root = try HTTPGet(url.with(target: "/"), timeout: deadline.since(.now())).run()
                guard let identity = BotIdentity(json: root.body) else {
                    return .stranger("\(url.authority) does not report a bot's name")
                }
                guard identity.bot == botName else {
                    return .stranger("\(url.authority) is the bot \"\(identity.bot)\", not \"\(botName)\"")
                }
            }
            return .report(report, json: response.body, at: url)
        } catch {
            return .unreachable(error.description)
        }
    }

    private static func words(for response: HTTPGet.Response, at url: HTTPURL) -> String {
        let first = response.body.first { $0 > 0x20 }
        let kind = first == UInt8(ascii: "{") ? "JSON that is not a KeepAliveKit report" : "text that is not JSON"
        return "\(url.authority)\(url.target) answered \(response.status) with \(kind): another program uses this port"
    }
}
