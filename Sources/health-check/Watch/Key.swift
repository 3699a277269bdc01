/// A key that was pressed, or what the mouse did.
enum Key: Equatable {
    case character(Character)
    case up, down, home, end, pageUp, pageDown
    case enter, escape, backspace
    case wheelUp, wheelDown
    /// The left button, in this row of the window from 0.
    case click(Int)
    /// A click on the bot with this number.
    case bot(Int)
    /// A key without a function.
    case other
}
