/// Converts JSON5 (json5.org) to JSON, so that one reader of values suffices. Finds the first fault with the place of
/// its cause, and every key that is repeated in one object. Pure.
///
/// Scans the bytes once, without recursion: the time is linear in the length, at any depth.
struct JSON5Scanner {
    /// Deeper than any configuration, but shallow enough for recursive readers.
    static let deepest = 100
    /// 15 keys for each of 32,000 targets.
    static let mostValues = 500_000
    private static let mostRepeatedKeys = 10_000

    struct Document {
        /// The values as JSON.
        let json: [UInt8]
        /// The finding for each repeated key, by its path in the text.
        let repeatedKeys: [(path: String, words: String)]
    }

    /// A place in the text; its column is computed only on request.
    struct Mark {
        let offset: Int
        let line: Int
        let lineStart: Int
    }

    /// An open object or list.
    struct Frame {
        let isObject: Bool
        let opening: Mark
        /// The indentation of its line, and whether it is the first token there.
        let indentation: Int
        var count = 0
        var key = ""
        /// After the colon of the last key.
        var colon: Mark?
        /// Whether the last value was an object.
        var endsWithObject = false
        var keys: Set<String> = []
        var closer: UInt8 { isObject ? UInt8(ascii: "}") : UInt8(ascii: "]") }
        var opener: String { isObject ? "{" : "[" }
    }

    private enum Awaited {
        /// The text's value, or the value after a colon.
        case value
        /// A list's value or end.
        case element
        /// An object's key or end.
        case key
        case colon
        /// The tokens that may follow a value.
        case comma
        case end
    }

    let text: [UInt8]
    var at = 0
    var line = 1
    var lineStart = 0
    var json: [UInt8] = []
    var frames: [Frame] = []
    /// The end of the last token, and the token as quoted for people.
    var last = Mark(offset: 0, line: 1, lineStart: 0)
    var lastWords = ""
    /// An opening bracket whose closer is further left than its line: probably the closer belongs to another bracket.
    var suspect: (opening: Mark, opener: String, closer: Mark)?
    /// The bracket that closed the text's value.
    private var final: Mark?
    private var awaited = Awaited.value
    private var values = 0
    /// The first value over the limit. Reading goes on without storing, to find faults after it.
    private var firstTooMany: Mark?
    private var repeated: [(path: String, words: String)] = []
    private var columns = ColumnCount()

    private init(_ text: [UInt8]) {
        self.text = text
        json.reserveCapacity(text.count)
    }

    /// Converts a text.
    ///
    /// - Throws: `JSON5Fault`, the first one.
    static func scan(_ text: [UInt8]) throws(JSON5Fault) -> Document {
        try JSON5Encoding.check(text)
        var scanner = JSON5Scanner(text)
        while try scanner.step() {}
        if let place = scanner.firstTooMany {
            throw scanner.fault(place, "there are more than \(mostValues) values up to here: split the file")
        }
        return Document(json: scanner.json, repeatedKeys: scanner.repeated)
    }

    var mark: Mark { Mark(offset: at, line: line, lineStart: lineStart) }
    var byte: UInt8? { at < text.count ? text[at] : nil }

    /// Reads one token; false at the end of the text.
    private mutating func step() throws(JSON5Fault) -> Bool {
        try skipBlanks()
        guard let byte else {
            if awaited == .end { return false }
            throw unfinished()
        }
        switch (awaited, byte) {
        case (.end, _): throw tooMuch(after: final)
        case (.comma, UInt8(ascii: ",")):
            at += 1
            note(",")
            awaited = frames.last?.isObject == true ? .key : .element
        case (.comma, _) where !Self.isCloser(byte): throw missingComma()
        case (.comma, _), (.key, UInt8(ascii: "}")), (.element, UInt8(ascii: "]")), (.key, UInt8(ascii: "]")),
            (.element, UInt8(ascii: "}")):
            try close(byte)
        case (.key, _): try takeKey(byte)
        case (.colon, UInt8(ascii: ":")):
            at += 1
            note(":")
            json.append(byte)
            if let index = frames.indices.last {
                frames[index].colon = last
                frames[index].endsWithObject = false
            }
            awaited = .value
        case (.colon, _): throw missingColon(byte)
        case (.value, _), (.element, _): try takeValue(byte)
        }
        return true
    }

    static func isCloser(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") }

    /// Remembers the token that ends here.
    mutating func note(_ words: String) {
        last = mark
        lastWords = words
    }

    // MARK: Values

    private mutating func takeValue(_ byte: UInt8) throws(JSON5Fault) {
        let start = mark
        values += 1
        if values > Self.mostValues {
            firstTooMany = firstTooMany ?? start
            json.removeAll(keepingCapacity: true)
        }
        beginElement()
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard frames.count < Self.deepest else {
                throw fault(start, "it is nested more than \(Self.deepest) levels deep")
            }
            json.append(byte)
            let indentation = self.indentation(start)
            frames.append(Frame(isObject: byte == UInt8(ascii: "{"), opening: start, indentation: indentation))
            at += 1
            note(byte == UInt8(ascii: "{") ? "{" : "[")
            awaited = byte == UInt8(ascii: "{") ? .key : .element
            return
        case UInt8(ascii: "\""), UInt8(ascii: "'"): _ = try takeString(byte)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            try takeNumber()
        default: try takeWord(start)
        }
        awaited = frames.isEmpty ? .end : .comma
    }

    private mutating func beginElement() {
        guard let frame = frames.last, !frame.isObject else { return }
        if frame.count > 0 { json.append(UInt8(ascii: ",")) }
        frames[frames.count - 1].count += 1
    }

    // MARK: Keys

    private mutating func takeKey(_ byte: UInt8) throws(JSON5Fault) {
        guard let index = frames.indices.last else { return }
        let start = mark
        if frames[index].count > 0 { json.append(UInt8(ascii: ",")) }
        let key: String
        if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
            key = try takeString(byte)
        } else if let name = try takeName() {
            appendString(name)
            key = name
        } else {
            throw noKey(byte)
        }
        frames[index].count += 1
        frames[index].key = key
        if firstTooMany == nil, !frames[index].keys.insert(key).inserted, repeated.count < Self.mostRepeatedKeys {
            repeated.append(
                (path, "the key stands twice in this object, again in \(place(of: start)): keep one of them"))
        }
        note("\"\(key.prefix(40))\"")
        awaited = .colon
    }

    /// The path for people: `targets[2].interval`.
    private var path: String {
        frames.reduce(into: "") { path, frame in
            if frame.isObject {
                path += path.isEmpty ? frame.key : ".\(frame.key)"
            } else {
                path += "[\(frame.count - 1)]"
            }
        }
    }

    // MARK: Ends

    private mutating func close(_ byte: UInt8) throws(JSON5Fault) {
        guard let frame = frames.last else { throw tooMuch(after: nil) }
        guard frame.closer == byte else { throw mismatch(byte, frame) }
        let closing = mark
        if suspect == nil, closing.line > frame.opening.line, isFirstOfLine(closing),
            indentation(closing) < frame.indentation
        {
            suspect = (frame.opening, frame.opener, closing)
        }
        frames.removeLast()
        json.append(byte)
        at += 1
        note(String(Character(Unicode.Scalar(byte))))
        if frames.isEmpty { final = closing } else { frames[frames.count - 1].endsWithObject = frame.isObject }
        awaited = frames.isEmpty ? .end : .comma
    }

    // MARK: Places

    /// Counting continues from the last requested place, usually on that line, so frequent requests stay cheap.
    private struct ColumnCount {
        var lineStart = 0
        var offset = 0
        var column = 1
    }

    mutating func place(of mark: Mark) -> JSON5Fault.Place {
        if columns.lineStart != mark.lineStart || columns.offset > mark.offset {
            columns = ColumnCount(lineStart: mark.lineStart, offset: mark.lineStart)
        }
        while columns.offset < mark.offset, columns.offset < text.count {
            // Continuation bytes of a code point begin with 10.
            if text[columns.offset] & 0xC0 != 0x80 { columns.column += 1 }
            columns.offset += 1
        }
        return JSON5Fault.Place(line: mark.line, column: columns.column)
    }

    mutating func fault(_ mark: Mark, _ cause: String) -> JSON5Fault {
        JSON5Fault(place: place(of: mark), cause: cause)
    }

    func indentation(_ mark: Mark) -> Int {
        var offset = mark.lineStart
        while offset < text.count, text[offset] == 0x20 || text[offset] == 0x09 { offset += 1 }
        return offset - mark.lineStart
    }

    func isFirstOfLine(_ mark: Mark) -> Bool { mark.offset == mark.lineStart + indentation(mark) }
}
