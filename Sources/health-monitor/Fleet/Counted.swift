import KeepAliveKit
import KeepAlivePlatform

extension WallTime {
    /// A time for people: `2026-01-19 16:07:27 UTC`.
    var words: String { iso8601.prefix(19).replacing("T", with: " ") + " UTC" }
}

extension Int {
    /// A count with its noun: `1 channel`, `2 channels`.
    func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}

extension String {
    /// At most this many UTF-16 units, ending in `…` if cut. Peers count in these units or in larger ones.
    func limited(to count: Int) -> String {
        guard utf16.count > count else { return self }
        var kept = ""
        var length = 1
        for character in self {
            length += character.utf16.count
            if length > count { break }
            kept.append(character)
        }
        return count > 0 ? kept + "…" : ""
    }
}
