/// Collects the header fields of a response from libcurl's lines.
///
/// libcurl passes the lines of interim answers and trailers as well (CURLOPT_HEADERFUNCTION(3)); both are dropped.
struct ResponseHead {
    /// The most bytes of header lines that a response may have.
    static let maximumBytes = 256 * 1024

    /// The fields of the final answer so far.
    private(set) var fields: [(name: String, value: String)] = []
    private var bytes = 0
    private var isComplete = false
    private var isInterim = false

    /// Takes the next line with its line break; returns false when the limit of bytes is exceeded.
    mutating func take(_ line: [UInt8]) -> Bool {
        bytes += line.count
        guard bytes <= Self.maximumBytes else { return false }
        let text = line.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        if text.isEmpty {
            isComplete = true
        } else if text.starts(with: "HTTP/".utf8), !isComplete || isInterim {
            start(text)
        } else if !isComplete {
            add(text)
        }
        return true
    }

    private mutating func start(_ statusLine: ArraySlice<UInt8>) {
        fields = []
        isComplete = false
        let status = statusLine.drop { $0 != UInt8(ascii: " ") }.drop(while: ASCII.isBlank)
        isInterim = status.first == UInt8(ascii: "1")
    }

    private mutating func add(_ text: ArraySlice<UInt8>) {
        // A line that begins with a blank continues the field before it (RFC 9112, section 5.2).
        if text.first.map(ASCII.isBlank) == true {
            guard var last = fields.popLast() else { return }
            let more = ASCII.trimmed(text)
            // In place: a copy for each of many short lines would take a time that grows with the square of their number.
            if !more.isEmpty { last.value += last.value.isEmpty ? more : " \(more)" }
            fields.append(last)
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            fields.append((ASCII.trimmed(text[..<colon]), ASCII.trimmed(text[(colon + 1)...])))
        }
    }
}
