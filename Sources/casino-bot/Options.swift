/// The parsed command line. Pure.
struct Options: Equatable {
    /// Whether to move the ledger instead of running the bot.
    var migrates = false
    var isDemo = false
    var environmentFile: String?
    var port: String?
    var showsVersion = false
    var showsHelp = false

    struct UsageError: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    private static let flags = ["migrate", "--demo", "--env-file", "--port", "--version", "--help"]

    /// - Parameter arguments: without the program's name.
    /// - Throws: `UsageError` for the first argument that is not understood.
    init(_ arguments: some Sequence<String>) throws(UsageError) {
        var rest = Array(arguments)[...]
        while let argument = rest.popFirst() {
            let equals = argument.hasPrefix("--") ? argument.firstIndex(of: "=") : nil
            let name = equals.map { String(argument[..<$0]) } ?? argument
            let inlineValue = equals.map { String(argument[argument.index(after: $0)...]) }
            func value() throws(UsageError) -> String {
                guard let value = inlineValue ?? rest.popFirst(), !value.isEmpty else {
                    throw UsageError(description: "\(name) needs a value")
                }
                return value
            }
            switch name {
            case "migrate":
                guard !migrates else { throw UsageError(description: "migrate is given twice") }
                migrates = true
            case "--env-file": environmentFile = try value()
            case "--port": port = try value()
            case "--demo", "--version", "-V", "--help", "-h":
                guard inlineValue == nil else { throw UsageError(description: "\(name) takes no value") }
                if name == "--demo" { isDemo = true }
                if name == "--version" || name == "-V" { showsVersion = true }
                if name == "--help" || name == "-h" { showsHelp = true }
            default:
                // Up to two letters that are missing, surplus, wrong or swapped.
                let near = Self.flags.first { name.difference(from: $0).count <= 2 }
                throw UsageError(
                    description: "unknown argument \(name)\(near.map { "; did you mean \($0)?" } ?? "")")
            }
        }
        if migrates, let flag = isDemo ? "--demo" : port != nil ? "--port" : nil {
            throw UsageError(description: "migrate does not go with \(flag)")
        }
    }
}
