/// One statement with the values of its parameters `$1`, `$2`, …
public struct PostgreSQLQuery: Sendable, Hashable {
    public let sql: String
    /// The values in the server's text form; nil is `NULL`.
    public let parameters: [String?]

    public init(_ sql: String, _ parameters: [String?] = []) {
        self.sql = sql
        self.parameters = parameters
    }

    /// A one-dimensional array in the server's text form, for a parameter such as `$1::text[]`.
    public static func array(_ elements: some Sequence<String?>) -> String {
        var text = "{"
        for element in elements {
            if text.utf8.count > 1 { text += "," }
            guard let element else {
                text += "NULL"
                continue
            }
            text += "\""
            for character in element.unicodeScalars {
                if character == "\"" || character == "\\" { text += "\\" }
                text.unicodeScalars.append(character)
            }
            text += "\""
        }
        return text + "}"
    }

    /// What libpq cannot send: texts are C strings there.
    var fault: PostgreSQLError? {
        if sql.utf8.contains(0) { return PostgreSQLError(.misuse, "the statement holds a NUL character") }
        if parameters.count > Int(UInt16.max) {
            return PostgreSQLError(
                .misuse, "the statement has \(parameters.count) parameters; at most 65535 are possible")
        }
        // The server has no such text either.
        return parameters.firstIndex { $0?.utf8.contains(0) == true }.map {
            PostgreSQLError(.misuse, "the value of $\($0 + 1) holds a NUL character")
        }
    }
}

extension PostgreSQLQuery: ExpressibleByStringLiteral {
    /// A statement without parameters.
    public init(stringLiteral value: String) { self.init(value) }
}
