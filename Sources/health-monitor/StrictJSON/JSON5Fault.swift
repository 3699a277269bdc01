/// What is wrong with a JSON5 text: the place of the cause, and the cause.
struct JSON5Fault: Error, Equatable, CustomStringConvertible {
    /// Nil where the text as a whole is wrong.
    let place: Place?
    let cause: String

    var description: String { place.map { "\($0): \(cause)" } ?? cause }

    /// A place as editors count: lines and columns from 1, a column for each code point.
    struct Place: Equatable, CustomStringConvertible {
        let line: Int
        let column: Int

        var description: String { "line \(line), column \(column)" }
    }
}
