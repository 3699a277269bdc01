package import KeepAlivePlatform

extension FileDescriptor {
    /// Prints a program's error on standard error. No argument, variable or file that it cites acts on the terminal.
    package static func complain(_ text: String) {
        print(text.escapedForTerminal, to: STDERR_FILENO)
    }
}

extension String {
    /// The text with its control characters escaped; its lines stay as they are.
    package var escapedForTerminal: String {
        split(separator: "\n", omittingEmptySubsequences: false).map { String($0).escapedForText }
            .joined(separator: "\n")
    }
}
