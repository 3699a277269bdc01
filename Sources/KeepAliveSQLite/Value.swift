/// A value of one of SQLite's five storage classes, bound to a parameter or read from a column.
///
/// A plain value: safe to use from any thread. See "Datatypes In SQLite" in SQLite's documentation.
public enum Value: Sendable, Hashable {
    /// The SQL value `NULL`.
    case null
    /// A signed 64-bit integer; `Bool` literals become 0 or 1.
    case integer(Int64)
    /// An IEEE 754 double. SQLite has no NaN: a bound NaN is stored as `NULL` (`sqlite3_bind_double`).
    case real(Double)
    /// UTF-8 text, which may hold U+0000. Invalid bytes read as U+FFFD.
    case text(String)
    /// Bytes, stored unchanged; an empty array is an empty blob, not `NULL`.
    case blob([UInt8])

    /// Whether this is `NULL`.
    public var isNull: Bool { self == .null }

    /// The integer, or nil when this is of another storage class; nothing is converted.
    public var integerValue: Int64? {
        if case .integer(let integer) = self { integer } else { nil }
    }

    /// The double, or nil when this is of another storage class; nothing is converted.
    public var realValue: Double? {
        if case .real(let real) = self { real } else { nil }
    }

    /// The text, or nil when this is of another storage class; nothing is converted.
    public var textValue: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The bytes, or nil when this is of another storage class; nothing is converted.
    public var blobValue: [UInt8]? {
        if case .blob(let bytes) = self { bytes } else { nil }
    }
}

// No array literal for blobs: `run(sql, [1, 2])` could then mean either one blob or two integers.

extension Value: ExpressibleByNilLiteral {
    /// Makes `NULL` from `nil`.
    public init(nilLiteral: ()) { self = .null }
}

extension Value: ExpressibleByIntegerLiteral {
    /// Makes an integer from a literal within the range of `Int64`.
    public init(integerLiteral value: Int64) { self = .integer(value) }
}

extension Value: ExpressibleByBooleanLiteral {
    /// Makes the integer 1 from `true` and 0 from `false`, as SQLite itself does.
    public init(booleanLiteral value: Bool) { self = .integer(value ? 1 : 0) }
}

extension Value: ExpressibleByFloatLiteral {
    /// Makes a real from a literal.
    public init(floatLiteral value: Double) { self = .real(value) }
}

extension Value: ExpressibleByStringInterpolation {
    /// Makes text from a literal, with or without interpolation.
    public init(stringLiteral value: String) { self = .text(value) }
}
