import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// The names that a template may use: `{{service}}`.
enum Placeholder: String, CaseIterable {
    case service, severity, event, message, since, duration, url, title, text, status, key, alert
    case triggeredAt = "triggered_at"
    case happenedAt = "happened_at"
}

/// The values of an event's placeholders. Pure.
struct TemplateValues {
    private let values: [Placeholder: String]

    /// - Parameter key: identical for every attempt to send this event.
    init(_ event: AlertEvent, key: String) {
        let text = AlertText(event)
        let duration = AlertText.words(seconds: (event.happenedAt &- event.triggeredAt) / 1_000_000)
        values = [
            .service: AlertText.line(event.service), .severity: event.severity.rawValue,
            .event: event.kind.rawValue, .message: text.message, .since: AlertText.time(event.triggeredAt),
            .duration: duration.isEmpty ? "0 s" : duration, .url: event.url ?? "", .title: text.title,
            .text: text.summary(limit: 1000), .status: event.kind.isEnd ? "resolved" : "active", .key: key,
            .alert: Digest.hexadecimal(event.alertKey),
            .triggeredAt: WallTime(microseconds: event.triggeredAt).iso8601,
            .happenedAt: WallTime(microseconds: event.happenedAt).iso8601,
        ]
    }

    /// Values with every character that needs escaping somewhere, to try a template.
    static let trial = TemplateValues(
        values: Dictionary(
            uniqueKeysWithValues: Placeholder.allCases.map { ($0, "\"\\<&> \($0.rawValue)") }))

    private init(values: [Placeholder: String]) {
        self.values = values
    }

    subscript(placeholder: Placeholder) -> String { values[placeholder] ?? "" }
}

/// A text with placeholders. Pure.
struct Template: Sendable, Equatable {
    struct Fault: Error {
        let words: String
    }

    private enum Piece: Sendable, Equatable {
        case text(String)
        case value(Placeholder)
    }

    private var pieces: [Piece] = []

    init(_ text: String) throws(Fault) {
        var rest = text[...]
        while let open = rest.firstRange(of: "{{") {
            if open.lowerBound > rest.startIndex { pieces.append(.text(String(rest[..<open.lowerBound]))) }
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
                throw Fault(words: "a placeholder is not closed: write {{service}}")
            }
            let name = rest[open.upperBound..<close.lowerBound].filter { !$0.isWhitespace }
            guard let placeholder = Placeholder(rawValue: name) else {
                let names = Placeholder.allCases.map(\.rawValue)
                let question = NearestWord.question(name, among: names)
                throw Fault(
                    words: "unknown placeholder {{\(name.prefix(40))}}\(question.isEmpty ? ";" : question) allowed are "
                        + names.joined(separator: ", "))
            }
            pieces.append(.value(placeholder))
            rest = rest[close.upperBound...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
    }

    var hasPlaceholders: Bool { pieces.contains { if case .value = $0 { true } else { false } } }

    /// The text with each value escaped for its place.
    func filled(_ values: TemplateValues, _ escaped: (String) -> String = { $0 }) -> String {
        pieces.reduce(into: "") { text, piece in
            switch piece {
            case .text(let piece): text += piece
            case .value(let placeholder): text += escaped(values[placeholder])
            }
        }
    }
}

/// How a value is written so that it stays one value. Pure.
enum TemplateEscape {
    /// Inside a JSON string, without its quotes (RFC 8259, section 7).
    static func json(_ text: String) -> String { String(JSONValue.string(text).json.dropFirst().dropLast()) }

    /// In an address or a form: all but the unreserved characters (RFC 3986, section 2.3). Dots alone are escaped too:
    /// as a segment of a path they would name another one.
    static func percent(_ text: String) -> String {
        if text == "." || text == ".." { return text.replacing(".", with: "%2E") }
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes +=
                    [UInt8(ascii: "%")] + Array(String(byte >> 4, radix: 16, uppercase: true).utf8)
                    + Array(String(byte & 15, radix: 16, uppercase: true).utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// In a header field: one line, and other characters than ASCII as encoded words (RFC 2047).
    static func header(_ text: String) -> String {
        let line = AlertText.line(text).limited(to: 1000)
        if line.utf8.allSatisfy({ $0 < 0x7F }), !line.contains("=?") { return line }
        return EmailMessage.encodedWords(line).replacing("\r\n ", with: " ")
    }
}
