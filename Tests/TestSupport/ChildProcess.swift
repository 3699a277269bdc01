public import Foundation

/// A program run by a test, in its own process group, with collected output.
///
/// At its end this object kills the whole group and reaps the child.
public final class ChildProcess: Sendable {
    /// How a process ended.
    public enum ExitStatus: Sendable, Equatable {
        /// It exited with this code.
        case exited(Int32)
        /// This signal ended it.
        case signaled(Int32)

        /// Decodes the status of `waitpid`, because Swift cannot call the C macros.
        init(waitStatus: Int32) {
            let signal = waitStatus & 0x7f
            self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signaled(signal)
        }
    }

    /// Errors other than failed system calls.
    public enum Failure: Error, CustomStringConvertible {
        /// The process ended without printing the expected line.
        case endedEarly(awaited: String, status: ExitStatus, output: String)
        /// No executable of that name is beside the tests.
        case productMissing(String, folders: [String])

        /// The full description of the failure.
        public var description: String {
            switch self {
            case .endedEarly(let awaited, let status, let output):
                "\(status) without a line containing “\(awaited)”; its output:\n\(output)"
            case .productMissing(let name, let folders):
                "no executable \(name) in \(folders)"
            }
        }
    }

    private let life: ChildLife

    /// Starts the executable at a path.
    ///
    /// The child gets no signal mask, default signal actions, an empty standard input, and `environment`, if given,
    /// instead of the test's own. With a working directory a shell changes to it first and then executes the program;
    /// it may add variables such as `PWD`.
    public init(
        executable: String, arguments: [String] = [], environment: [String: String]? = nil,
        workingDirectory: String? = nil
    ) throws {
        var command = [executable] + arguments
        if let workingDirectory {
            // Some C libraries hide the direct way to set a folder from Swift.
            command =
                ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", workingDirectory] + command
        }
        let output = try DescriptorGate.pipe()
        defer { close(output.write) }
        let messages: (read: Int32, write: Int32)
        do {
            messages = try DescriptorGate.pipe()
        } catch {
            close(output.read)
            throw error
        }
        do {
            let processID = try Self.spawn(command, environment: environment, output: output.write)
            life = ChildLife(processID: processID, output: output.read, messages: messages)
        } catch {
            for descriptor in [output.read, messages.read, messages.write] { close(descriptor) }
            throw error
        }
    }

    deinit { life.end() }

    /// The process id, which is also its group's.
    public var processID: Int32 { life.processID }

    /// The output on standard output and standard error so far.
    public var output: String { life.collectedOutput }

    /// How the process ended; `nil` while it runs.
    public var status: ExitStatus? { life.status }

    /// Sends a signal to the process only; false if it has ended.
    @discardableResult
    public func signal(_ number: Int32) -> Bool { life.signal(number) }

    /// Sends a signal to the whole group; false if all of it has ended.
    @discardableResult
    public func signalGroup(_ number: Int32) -> Bool { life.signalGroup(number) }

    /// Returns the first or n-th line containing `text`, printed already or later.
    ///
    /// Throws with the whole output if the process ends first, or after `limit`.
    @discardableResult
    public func waitForLine(
        containing text: String, occurrence: Int = 1, within limit: Duration = .seconds(60)
    ) async throws -> String {
        let life = life
        return try await SafetyTimeout.run(limit) {
            let event = try await life.events.first(occurrence: occurrence) { event in
                switch event {
                case .line(let line): return line.contains(text)
                case .ended(let status):
                    throw Failure.endedEarly(awaited: text, status: status, output: life.collectedOutput)
                }
            }
            guard case .line(let line) = event else { throw CancellationError() }
            return line
        } otherwise: {
            "no line containing “\(text)”; the output so far:\n\(life.collectedOutput)"
        }
    }

    /// Waits until the process has ended and its output is collected; returns how it ended.
    ///
    /// A cancellation, for example by a test's time limit, kills the group and so returns too.
    @discardableResult
    public func wait() async -> ExitStatus {
        if let status = try? await Self.ending(of: life) { return status }
        _ = life.signalGroup(SIGKILL)
        let life = life
        // A separate task is not cancelled with this one.
        let ending = Task.detached { try? await Self.ending(of: life) }
        return await ending.value ?? .signaled(SIGKILL)
    }

    /// Runs a program to its end; returns how it ended, and its whole output.
    public static func run(
        _ executable: String, _ arguments: [String] = [], environment: [String: String]? = nil, in folder: String? = nil
    ) async throws -> (status: ExitStatus, output: String) {
        let child = try ChildProcess(
            executable: executable, arguments: arguments, environment: environment, workingDirectory: folder)
        return (await child.wait(), child.output)
    }

    /// Asks it to end, and returns how it ended.
    @discardableResult
    public func stop(_ number: Int32 = SIGTERM) async -> ExitStatus {
        signal(number)
        return await wait()
    }

    /// The number after `words` in the first or n-th line that has both.
    public func number<Number: FixedWidthInteger & Sendable>(
        after words: String, occurrence: Int = 1, as type: Number.Type = Number.self
    ) async throws -> Number {
        let line = try await waitForLine(containing: words, occurrence: occurrence)
        let digits = line.firstRange(of: words).map { line[$0.upperBound...].prefix { $0.isNumber } } ?? ""
        guard let number = Number(digits) else { throw SystemFailure("no number in \(line)", code: 0) }
        return number
    }

    /// The port of the kit's health server, once it listens.
    public func healthPort(occurrence: Int = 1) async throws -> UInt16 {
        try await number(after: "health server listens on port ", occurrence: occurrence)
    }

    /// The path of an executable product, such as a sample program, built with the running tests.
    public static func product(_ name: String) throws -> String {
        var places = [URL(fileURLWithPath: CommandLine.arguments[0])]
        #if canImport(Darwin)
            places += Bundle.allBundles.filter { $0.bundlePath.hasSuffix(".xctest") }.map(\.bundleURL)
        #else
            places.insert(URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath(), at: 0)
        #endif
        let folders = places.map { $0.deletingLastPathComponent() }
        for folder in folders {
            let path = folder.appendingPathComponent(name).path
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw Failure.productMissing(name, folders: folders.map(\.path))
    }

    private static func ending(of life: ChildLife) async throws -> ExitStatus? {
        _ = try await life.events.first { if case .ended = $0 { true } else { false } }
        return life.status
    }
}
