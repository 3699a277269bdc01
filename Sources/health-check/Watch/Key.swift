/// A key that was pressed.
enum Key: Equatable {
    case character(Character)
    case up, down, home, end, pageUp, pageDown
    case enter, escape
    /// A key without a function.
    case other
}
