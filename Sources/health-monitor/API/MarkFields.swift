import KeepAliveKit
import KeepAlivePlatform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The fields of a request's body, as JSON or as a form. An unknown one is refused, because a misspelt `minutes` would
/// silence for another time. Pure.
struct MarkFields {
    static let longestNote = 1000
    static let longestName = 60
    /// A year: a silence that nobody remembers hides outages.
    static let mostMinutes = 527_040

    private let values: [String: String]

    /// Tells JSON by its first character: curl labels any body a form.
    init(_ body: [UInt8], allowed: [String]) throws(Refusal) {
        let isJSON = body.first { $0 > 0x20 } == UInt8(ascii: "{")
        values = isJSON ? try Self.json(body, allowed) : try Parameters(body, allowed: allowed).all
    }

    private static func json(_ body: [UInt8], _ allowed: [String]) throws(Refusal) -> [String: String] {
        guard case .object(let members)? = try? JSONValue(parsing: body) else {
            throw Refusal(.badRequest, "the body is not well-formed JSON: send an object such as {\"note\": \"why\"}")
        }
        if let repeated = try? JSONValue.readingJSON5(body).repeatedKeys.first {
            throw Refusal(.badRequest, "\(repeated.path.line(limit: 60)) is given twice: give it once")
        }
        var values: [String: String] = [:]
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            guard allowed.contains(name) else { throw .unknownParameter(name, allowed: allowed) }
            switch value {
            case .string(let text): values[name] = text
            case .integer(let number): values[name] = "\(number)"
            case .null: continue
            default: throw Refusal(.badRequest, "\(name): \(value.kind) is not allowed: give a text or a whole number")
            }
        }
        return values
    }

    /// Why, in one line; nil without a word.
    func note() throws(Refusal) -> String? { try line("note", most: Self.longestNote) }

    /// Who acts; nil if the request does not say.
    func name() throws(Refusal) -> String? { try line("by", most: Self.longestName) }

    /// A text as it is kept.
    static func line(_ text: String) -> String { text.singleLine.trimmed }

    private func line(_ name: String, most: Int) throws(Refusal) -> String? {
        guard let text = values[name] else { return nil }
        // Two lines would break a log, and directional marks mislead readers.
        let line = Self.line(text)
        guard line.count <= most else {
            throw Refusal(.badRequest, "\(name): it has \(line.count) characters: give at most \(most)")
        }
        return line.isEmpty ? nil : line
    }

    /// The minutes of a silence; nil for anything else than a whole number within the limit.
    static func minutes(_ text: String) -> Int64? {
        guard text.isDigits, let number = Int64(text), (1...Int64(mostMinutes)).contains(number) else { return nil }
        return number
    }

    /// The end of a silence, in microseconds since 1970.
    func end(after now: WallTime) throws(Refusal) -> Int64 {
        switch (values["until"], values["minutes"]) {
        case (nil, nil):
            throw Refusal(
                .badRequest,
                "until or minutes is missing: give minutes such as 60, or until such as 2026-01-19T22:00:00Z")
        case (.some, .some): throw Refusal(.badRequest, "until and minutes are both given: give one of them")
        case (nil, let minutes?):
            guard let number = Self.minutes(minutes) else {
                throw .parameter("minutes", minutes, allowed: "a whole number from 1 to \(Self.mostMinutes)")
            }
            return now.microseconds + number * 60_000_000
        case (let until?, nil):
            let latest = now.microseconds + Int64(Self.mostMinutes) * 60_000_000
            guard let date = ISO8601Time.date(until) else {
                throw .parameter("until", until, allowed: "a time such as 2026-01-19T22:00:00Z")
            }
            let seconds = date.timeIntervalSince1970.clamped(to: 0...Double(latest / 1_000_000) + 1)
            let end = Int64((seconds * 1_000_000).rounded())
            guard end > now.microseconds, end <= latest else {
                throw .parameter("until", until, allowed: "a time that is yet to come, within 366 days")
            }
            return end
        }
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
