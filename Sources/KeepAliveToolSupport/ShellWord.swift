/// A word of a command that a person copies into a shell. Pure.
package enum ShellWord {
    /// The word as it stands where no shell reads anything into it, otherwise in single quotes.
    package static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+=:,@%".contains($0)) }
        // The shell reads code points: a combining mark hides no quote before it.
        return isPlain ? word : "'" + word.unicodeScalars.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
    }
}
