import KeepAliveKit
import KeepAliveToolSupport

/// The command line, read. Pure.
struct Options: Equatable {
    var isDemo = false
    var environmentFile: String?
    var port: String?
    var showsVersion = false
    var showsHelp = false

    typealias UsageError = ArgumentList.Failure

    /// - Parameter arguments: without the program's name.
    /// - Throws: `UsageError` for the first argument that is not understood.
    init(_ arguments: some Sequence<String>) throws(UsageError) {
        var rest = ArgumentList(arguments)
        while let argument = rest.next() {
            switch argument.name {
            case "--env-file": environmentFile = try rest.value(of: argument)
            case "--port": port = try rest.value(of: argument)
            case "--demo": try rest.flag(argument) { isDemo = true }
            case "--version", "-V": try rest.flag(argument) { showsVersion = true }
            case "--help", "-h": try rest.flag(argument) { showsHelp = true }
            default: throw .init(description: "unknown argument \(argument.text)")
            }
        }
    }
}
