/// An error in a JSON5 text, with the place of its cause.
struct JSON5Fault: Error, Equatable, CustomStringConvertible {
    /// Nil if the whole text is wrong.
    let place: Place?
    let cause: String

    var description: String { place.map { "\($0): \(cause)" } ?? cause }

    /// A place as editors count: lines and columns from 1, one column per code point.
    struct Place: Equatable, CustomStringConvertible {
        let line: Int
        let column: Int

        var description: String { "line \(line), column \(column)" }
    }
}
