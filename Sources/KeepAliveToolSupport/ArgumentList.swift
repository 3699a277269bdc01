/// Parses a command line: `--name value`, `--name=value` and flags without a value.
package struct ArgumentList {
    /// One argument as written, and its two halves.
    package struct Argument: Equatable {
        package let text: String
        package let name: String
        package let inlineValue: String?
    }

    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String

        package init(description: String) {
            self.description = description
        }

        /// `unknown argument --prot; did you mean --port?`, without the value: it may be a secret.
        ///
        /// - Parameters:
        ///   - note: text after the name, such as ` (in brackets)`.
        ///   - words: the program's known flags or commands.
        package static func unknown(
            _ argument: Argument, kind: String = "argument", note: String = "", among words: [String]
        ) -> Self {
            let name = String(argument.text.prefix { $0 != "=" })
            let wanted = name.hasPrefix("--") || !name.hasPrefix("-") ? name : "-" + name
            // A single letter is near any other.
            let question = name.count > 2 ? NearestWord.question(wanted, among: words.filter { $0.count > 2 }) : ""
            return Self(description: "unknown \(kind) \(name)\(note)\(question)")
        }

        /// The message for the terminal: what is wrong, and where the flags are listed.
        package func advice(from program: String) -> String {
            description + (description.hasSuffix("?") || description.hasSuffix(".") ? "" : ".")
                + " Try \(program) --help."
        }
    }

    /// The arguments that are not taken yet.
    package private(set) var rest: ArraySlice<String>

    /// - Parameter arguments: without the program's name.
    package init(_ arguments: some Sequence<String>) {
        rest = Array(arguments)[...]
    }

    /// The next argument.
    package mutating func next() -> Argument? {
        guard let text = rest.popFirst() else { return nil }
        guard text.hasPrefix("--"), let equals = text.firstIndex(of: "=") else {
            return Argument(text: text, name: text, inlineValue: nil)
        }
        return Argument(
            text: text, name: String(text[..<equals]), inlineValue: String(text[text.index(after: equals)...]))
    }

    /// The value of an argument: after its `=`, or the next argument; it must not be empty.
    package mutating func value(of argument: Argument) throws(Failure) -> String {
        guard let value = argument.inlineValue ?? rest.popFirst(), !value.isEmpty else {
            throw Failure(description: "\(argument.name) needs a value")
        }
        return value
    }

    /// An argument that takes no value.
    package func flag(_ argument: Argument, _ set: () -> Void) throws(Failure) {
        guard argument.inlineValue == nil else { throw Failure(description: "\(argument.name) takes no value") }
        set()
    }

    /// Takes all remaining arguments.
    package mutating func takeRest() -> [String] {
        defer { rest = [] }
        return Array(rest)
    }
}
