import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `health-monitor ack|unack|silence|unsilence|note SERVICE`: tells a running monitor, through its API, what a person
/// does about a service.
struct MarkCommand: Subcommand, Equatable {
    enum Word: String, CaseIterable {
        case ack, unack, silence, unsilence, note
    }

    let word: Word
    var service = ""
    var note: String?
    var minutes: String?
    var until: String?
    var removesNote = false
    var url: String?
    var apiKey: String?
    var configurationPath: String?
    var environmentFile: String?
    var showsHelp = false

    /// - Parameter arguments: the arguments after the word.
    /// - Throws: `UsageError` for the first invalid argument.
    init(_ word: Word, _ arguments: some Sequence<String>) throws(Options.UsageError) {
        self.word = word
        var rest = ArgumentList(arguments)
        var words: [String] = []
        while let argument = rest.next() {
            switch argument.name {
            case "--note" where word != .unack && word != .unsilence: note = try rest.value(of: argument)
            case "--minutes" where word == .silence: minutes = try rest.value(of: argument)
            case "--until" where word == .silence: until = try rest.value(of: argument)
            case "--remove" where word == .note: try rest.flag(argument) { removesNote = true }
            case "--url": url = try rest.value(of: argument)
            case "--api-key": apiKey = try rest.value(of: argument)
            case "--config": configurationPath = try rest.value(of: argument)
            case "--env-file": environmentFile = try rest.value(of: argument)
            case "--help", "-h": try rest.flag(argument) { showsHelp = true }
            case "--": words += rest.takeRest()
            case let name where name.hasPrefix("-"): throw .unknown(argument, among: Self.flags(of: word))
            default: words.append(argument.text)
            }
        }
        if !showsHelp { try take(words) }
    }

    private static func flags(of word: Word) -> [String] {
        let own: [String] =
            switch word {
            case .ack: ["--note"]
            case .silence: ["--minutes", "--until", "--note"]
            case .note: ["--note", "--remove"]
            case .unack, .unsilence: []
            }
        return own + ["--url", "--api-key", "--config", "--env-file", "--help"]
    }

    private mutating func take(_ words: [String]) throws(Options.UsageError) {
        guard let first = words.first, !first.isEmpty else { throw .init(description: "\(word) needs a SERVICE") }
        service = first
        var more = words.dropFirst()
        if word == .note, note == nil, !more.isEmpty {
            note = more.joined(separator: " ")
            more = []
        }
        if let surplus = more.first {
            throw .init(description: "\(word) takes one SERVICE; \"\(surplus)\" is too much (quote a name with blanks)")
        }
        switch word {
        case .silence where (minutes == nil) == (until == nil):
            throw .init(description: "silence needs --minutes N or --until TIME, one of them")
        case .note where (note == nil) != removesNote:
            throw .init(description: "note needs a text, or --remove")
        default: break
        }
        try check()
        if url != nil, configurationPath != nil { throw .init(description: "--url and --config do not go together") }
        if apiKey != nil, url == nil { throw .init(description: "--api-key goes with --url") }
    }

    /// What the monitor would refuse is a wrong usage, also while it is not running.
    private func check() throws(Options.UsageError) {
        func refuse(_ flag: String, _ text: String, _ allowed: String) -> Options.UsageError {
            .init(description: "\(flag) \"\(text.prefix(60))\" is not allowed: give \(allowed)")
        }
        if let minutes, MarkFields.minutes(minutes) == nil {
            throw refuse("--minutes", minutes, "a whole number from 1 to \(MarkFields.mostMinutes)")
        }
        if let until, ISO8601Time.date(until) == nil {
            throw refuse("--until", until, "a time such as 2026-01-19T22:00:00Z")
        }
        if let url, (try? Endpoint(url: url)) == nil {
            throw refuse("--url", URLCredentials.hidden(url), "a web address such as http://127.0.0.1:8090")
        }
        let length = note.map { MarkFields.line($0).count } ?? 0
        if length > MarkFields.longestNote {
            throw .init(
                description: "the note has \(length) characters: give at most \(MarkFields.longestNote)")
        }
        if word == .note, note != nil, length == 0 {
            throw .init(description: "the note has only blanks: give a text, or --remove")
        }
    }

    // MARK: Asking the API

    func run() async -> Int32 {
        let api: MonitorAddress
        do throws(ConfigurationFailure) {
            api = try MonitorAddress(self)
        } catch {
            return fail(error.findings.joined(separator: "\nhealth-monitor: "), code: 78)
        }
        let client = HTTPClient(userAgent: "health-monitor/\(kitVersion)")
        let code: Int32
        do throws(Failure) {
            print(try await act(MonitorClient(finding: api, by: client)))
            code = 0
        } catch {
            code = fail(error.words, code: 1)
        }
        await client.shutDown()
        return code
    }

    /// What was not done, and why.
    struct Failure: Error {
        let words: String
    }

    /// Returns the line to print.
    private func act(_ monitor: MonitorClient) async throws(Failure) -> String {
        let name = TemplateEscape.percent(service)
        var fields: [String: JSONValue] = ["by": .string(String(ProcessInfo.processInfo.userName.prefix(60)))]
        if let note { fields["note"] = .string(note) }
        if let minutes { fields["minutes"] = .string(minutes) }
        if let until { fields["until"] = .string(until) }
        switch word {
        case .ack, .unack:
            let alerts = try await monitor.ask("GET", "/api/health/alerts?status=active&limit=1&service=\(name)")
            guard case .integer(let id)? = alerts["alerts"]?.elements?.first?["id"] else {
                throw Failure(words: "\(service) has no open alert")
            }
            _ = try await monitor.ask(
                word == .ack ? "POST" : "DELETE", "/api/health/alerts/\(id)/ack", .object(fields))
            return word == .ack
                ? "alert \(id) of \(service) is acknowledged" : "alert \(id) of \(service) is open again"
        case .silence:
            let answer = try await monitor.ask("POST", "/api/health/silence/\(name)", .object(fields))
            let until = answer["silenced"]?["until"]?.text ?? ""
            return "\(service) is silenced until \(until.prefix(19).replacing("T", with: " ")) UTC"
        case .unsilence:
            _ = try await monitor.ask("DELETE", "/api/health/silence/\(name)", .object(fields))
            return "\(service) is no longer silenced"
        case .note:
            let path = "/api/health/services/\(name)/note"
            _ = try await monitor.ask(removesNote ? "DELETE" : "POST", path, .object(fields))
            return removesNote ? "\(service) has no note now" : "\(service) has the note"
        }
    }

    private func fail(_ words: String, code: Int32) -> Int32 {
        FileDescriptor.complain("health-monitor: \(words)")
        return code
    }
}
