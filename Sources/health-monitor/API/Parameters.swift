import KeepAliveKit

/// The parameters of one request. An unknown one is refused, because a misspelt filter would show everything. Pure.
struct Parameters {
    private let values: [String: String]

    /// - Parameters:
    ///   - query: the text after the question mark; nil without one.
    ///   - allowed: the known names.
    init(_ query: [UInt8]?, allowed: [String]) throws(Refusal) {
        var values: [String: String] = [:]
        for piece in (query ?? []).split(separator: UInt8(ascii: "&")) {
            let parts = piece.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decode(parts[0], "a parameter's name")
            guard allowed.contains(name) else { throw .unknownParameter(name, allowed: allowed) }
            guard values[name] == nil else { throw Refusal(.badRequest, "\(name) is given twice: give it once") }
            values[name] = try Self.decode(parts.count > 1 ? parts[1] : [], name)
        }
        self.values = values
    }

    /// The parameters of a shared address, which may hold more, such as a campaign's name. What cannot be read is left
    /// out. Of two values the first counts, as in a browser.
    init(ofPage query: [UInt8]?, known: [String]) {
        var values: [String: String] = [:]
        for piece in (query ?? []).split(separator: UInt8(ascii: "&")) {
            guard let one = try? Parameters(Array(piece), allowed: known) else { continue }
            values.merge(one.values) { first, _ in first }
        }
        self.values = values
    }

    /// A whole number in a range.
    func integer(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws(Refusal) -> Int {
        guard let text = values[name] else { return fallback }
        guard text.isDigits, let number = Int(text), range.contains(number) else {
            throw .parameter(
                name, text, allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// The value of one of several words.
    func word<Value>(_ name: String, of words: KeyValuePairs<String, Value>, default fallback: Value) throws(Refusal)
        -> Value
    {
        guard let text = values[name] else { return fallback }
        guard let match = words.first(where: { $0.key == text }) else {
            throw .parameter(name, text, allowed: "one of \(words.map(\.key).joined(separator: ", "))")
        }
        return match.value
    }

    /// The name of a service; nil without one.
    func service(_ name: String) throws(Refusal) -> String? {
        guard let text = values[name] else { return nil }
        if text.isEmpty { throw .parameter(name, text, allowed: "the name of a service, or leave it out") }
        return text
    }

    var all: [String: String] { values }

    func text(_ name: String) -> String? { values[name] }

    /// Undoes percent-encoding (RFC 3986, section 2.1); in a query also the `+` that forms write for a space.
    ///
    /// - Parameter what: the name of the bytes, for the message.
    static func decode(_ bytes: some Collection<UInt8>, _ what: String, inQuery: Bool = true) throws(Refusal) -> String
    {
        var decoded: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    throw Refusal(.badRequest, "\(what) is not allowed: % has to stand before two hexadecimal digits")
                }
                decoded.append(high << 4 | low)
            case UInt8(ascii: "+") where inQuery: decoded.append(UInt8(ascii: " "))
            default: decoded.append(byte)
            }
        }
        guard let text = String(validating: decoded, as: UTF8.self) else {
            throw Refusal(.badRequest, "\(what) is not allowed: its bytes are not UTF-8")
        }
        guard !decoded.contains(0) else { throw Refusal(.badRequest, "\(what) is not allowed: it holds a NUL") }
        return text
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
