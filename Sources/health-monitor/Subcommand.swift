import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

/// A command behind `health-monitor`, with flags and a help of its own.
protocol Subcommand {
    static var help: String { get }
    var showsHelp: Bool { get }

    /// Carries it out; returns the exit code.
    func run() async -> Int32
}

extension Subcommand {
    /// Reads the arguments behind the command's name, carries it out, and ends the process.
    static func main(_ name: String, _ read: () throws(Options.UsageError) -> Self) async -> Never {
        do throws(Options.UsageError) {
            let command = try read()
            if command.showsHelp {
                print(help)
                endProcess(0)
            }
            endProcess(await command.run())
        } catch {
            end(error.advice(from: "health-monitor \(name)"), code: 64)
        }
    }
}
