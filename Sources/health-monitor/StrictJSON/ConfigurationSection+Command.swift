extension ConfigurationSection {
    /// A program and its arguments; no shell takes part. Empty if the key is missing.
    func command(_ key: String) -> [String] {
        let command = strings(key)
        if case .array(let words)? = value(key), words.isEmpty {
            refuse(key, "the list is empty: give a command, or leave the key out")
        }
        if case .string(let words)? = value(key), words.contains(" ") {
            refuse(key, "no shell splits it into words; give a list such as [\"systemctl\", \"restart\", \"it\"]")
        }
        if command.contains(where: { $0.utf8.contains(0) }) { refuse(key, "it holds a NUL character") }
        return command
    }
}
