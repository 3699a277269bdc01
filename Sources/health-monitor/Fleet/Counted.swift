extension Int {
    /// So many of something, as people say it: `1 channel`, `2 channels`.
    func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}

extension String {
    /// At most so many UTF-16 units, which is how peers count, or count no less; what was cut shows as `…`.
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
