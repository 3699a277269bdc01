/// An HTTP message's header fields; names are case-insensitive.
public struct HeaderFields: Sendable, Equatable {
    /// The fields as received, in order.
    public private(set) var fields: [Field] = []

    /// A header field.
    public struct Field: Sendable, Equatable {
        /// The name as received.
        public let name: String
        /// The value without surrounding blanks.
        public let value: String
    }

    /// No fields.
    public init() {}

    /// The value of the first field with that name.
    public subscript(name: String) -> String? { values(name).first }

    /// The values of all fields with that name, in order.
    public func values(_ name: String) -> [String] {
        fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// Reads the lines after the first line of a message head; `nil` if any is no header field.
    init?(lines: some Sequence<Substring>) {
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let end = value.lastIndex { $0 != " " && $0 != "\t" }.map { value.index(after: $0) } ?? value.startIndex
            add(String(line[..<colon]), String(value[..<end]))
        }
    }
}
