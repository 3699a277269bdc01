extension Int {
    /// So many of something, as people say it: `1 channel`, `2 channels`.
    func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
