import KeepAliveKit
import KeepAlivePlatform

/// Writes JSON piece by piece. Keys keep the order of writing, and a missing value is null, so that typed readers find
/// every key in every answer.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var stamp = Timestamper()
    private var isFirst = true

    /// A whole document with one object.
    static func document(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object(nil, write)
        writer.bytes.append(UInt8(ascii: "\n"))
        return writer.bytes
    }

    mutating func object(_ name: StaticString? = nil, _ write: (inout JSONWriter) -> Void) {
        begin(name)
        bytes.append("{")
        isFirst = true
        write(&self)
        bytes.append("}")
        isFirst = false
    }

    /// An array; `write` writes one object per item.
    mutating func array<Items: Sequence>(
        _ name: StaticString, _ items: Items, _ write: (inout JSONWriter, Items.Element) -> Void
    ) {
        begin(name)
        bytes.append("[")
        isFirst = true
        for item in items { write(&self, item) }
        bytes.append("]")
        isFirst = false
    }

    mutating func field(_ name: StaticString, _ text: String?) {
        begin(name)
        if let text { bytes.appendJSON(text) } else { bytes.append("null") }
    }

    mutating func field(_ name: StaticString, _ number: Int) {
        begin(name)
        bytes.append(contentsOf: number.description.utf8)
    }

    mutating func field(_ name: StaticString, _ number: Int64) {
        begin(name)
        bytes.append(contentsOf: number.description.utf8)
    }

    /// A number with at most three decimals: more would be arithmetic noise.
    mutating func field(_ name: StaticString, _ number: Double?) {
        begin(name)
        guard let number else { return bytes.append("null") }
        // Above this a Double has no thousandths, and the product could be infinite.
        bytes.appendNumber(abs(number) < 1e12 ? (number * 1000).rounded() / 1000 : number)
    }

    mutating func field(_ name: StaticString, _ flag: Bool) {
        begin(name)
        bytes.append(flag ? "true" : "false")
    }

    mutating func field(_ name: StaticString, _ time: WallTime) {
        begin(name)
        bytes.append("\"")
        stamp.appendISO8601(time, to: &bytes)
        bytes.append("\"")
    }

    /// A value that is already JSON.
    mutating func field(_ name: StaticString, json: String) {
        begin(name)
        bytes.append(contentsOf: json.utf8)
    }

    private mutating func begin(_ name: StaticString?) {
        if !isFirst { bytes.append(",") }
        isFirst = false
        guard let name else { return }
        bytes.append("\"")
        bytes.append(name)
        bytes.append("\":")
    }
}
