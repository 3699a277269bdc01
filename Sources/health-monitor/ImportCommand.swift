import KeepAliveKit
import KeepAlivePlatform
import KeepAliveSQLite
import KeepAliveToolSupport

/// `health-monitor import`: another program's configuration as ours, with its history where it has one.
struct ImportCommand: Subcommand {
    private enum Source: String, CaseIterable {
        case kuma = "uptime-kuma"
        case gatus
    }

    private var source: Source?
    private var path: String?
    private var output: String?
    private var history: String?
    private(set) var showsHelp = false

    init(_ arguments: some Sequence<String>) throws(Options.UsageError) {
        let flags = ["--output", "--history", "--help"]
        var rest = ArgumentList(arguments)
        while let argument = rest.next() {
            switch argument.name {
            case "--output": output = try rest.value(of: argument)
            case "--history": history = try rest.value(of: argument)
            case "--help", "-h": try rest.flag(argument) { showsHelp = true }
            default:
                guard !argument.name.hasPrefix("-") else { throw .unknown(argument, among: flags) }
                if source == nil {
                    guard let known = Source(rawValue: argument.name) else {
                        throw .unknown(argument, among: Source.allCases.map(\.rawValue))
                    }
                    source = known
                } else if path == nil {
                    path = argument.name
                } else {
                    throw .unknown(argument, among: flags)
                }
            }
        }
        guard !showsHelp else { return }
        guard source != nil else { throw .init(description: "name the program: uptime-kuma or gatus") }
        guard path != nil else { throw .init(description: "give its file: kuma.db, a backup, or config.yaml") }
    }

    func run() -> Int32 {
        guard let path, let source else { return 64 }
        if let history, history.contains("://") {
            return fail("--history: \(history.prefix(20))… is no file; import into an SQLite file", 64)
        }
        if let output, FileSystem.exists(output) || FileSystem.isLink(output) {
            return fail("\(output) exists already: give another --output", 73)
        }
        var file = ImportedFile(
            targetTypes: Set(probeTypes.map { $0.type }))
        do {
            switch source {
            case .gatus:
                if history != nil {
                    return fail("--history: the history of Gatus is not carried over; leave it out", 64)
                }
                var gatus = GatusImport(try YAMLFile.read(path))
                gatus.convert(into: &file)
                file.dropRefused(environment: Settings.processEnvironment)
                file.lose("history", "Gatus stores results of its own conditions; the history begins anew")
            case .kuma:
                if let code = try importKuma(path, into: &file) { return code }
            }
        } catch let error as KeepAliveError {
            return fail("--history: \(error.findings.first ?? error.description)", 73)
        } catch let error as DatabaseRefusal {
            return fail("--history: \(error.words)", 73)
        } catch {
            let kind =
                source == .kuma ? "kuma.db of Uptime Kuma 1 or 2, or a JSON backup of 1" : "the configuration of Gatus"
            let reason = (error as? Errno)?.message ?? "\(error)"
            return fail("\(path) cannot be imported: \(reason); give \(kind)", 65)
        }
        return write(
            file,
            from:
                "\(source == .kuma ? "Uptime Kuma" : "Gatus"), \(FileSystem.resolved(path).map { String($0.split(separator: "/").last ?? "") } ?? path)"
        )
    }

    /// Reads a backup or a database; returns an exit code if it cannot go on.
    private func importKuma(_ path: String, into file: inout ImportedFile) throws -> Int32? {
        let start = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK).read(at: 0, count: 16)
        guard start.starts(with: Array("SQLite format 3".utf8)) else {
            let bytes = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK).readAll(limit: 64 << 20)
            var kuma = try KumaImport(backup: bytes)
            kuma.convert(into: &file)
            file.dropRefused(environment: Settings.processEnvironment)
            if history != nil { return fail("--history: a backup has no history; give kuma.db", 64) }
            file.lose("history", "a backup has none; kuma.db has")
            return nil
        }
        let database = try KumaDatabase(path: path)
        var kuma = try KumaImport(database)
        kuma.convert(into: &file)
        file.dropRefused(environment: Settings.processEnvironment)
        guard let history else {
            file.lose("history", "give --history FILE, the database of health-monitor, to carry it over")
            return nil
        }
        try take(database, kuma.names, into: history, &file)
        return nil
    }

    /// Carries 90 days of checks over.
    private func take(_ source: KumaDatabase, _ names: [Int: String], into history: String, _ file: inout ImportedFile)
        throws
    {
        let oldest = WallTime(microseconds: WallTime.now().microseconds - 90 * 86_400_000_000)
        let stamp = oldest.iso8601.prefix(19).map { $0 == "T" ? " " : String($0) }.joined()
        let (recent, all) = try source.countBeats(from: stamp)
        var bar = ProgressBar(of: recent, what: "checks")
        let intake = try HistoryIntake(path: history)
        let kept = Set(
            file.targets.compactMap { $0.first { $0.key == "name" }?.value.text.map(VariableText.plain) })
        let counts = try intake.take(
            source, names: names.filter { kept.contains($0.value) }, from: stamp,
            second: oldest.microseconds / 1_000_000
        ) {
            bar.show($0)
        }
        bar.finish()
        note(
            "history: \(counts.taken.counted("check")) and \(counts.hours.counted("sum")) taken over into \(history), "
                + "\(counts.known.counted("check")) known already")
        if all > recent { file.lose("history", "\((all - recent).counted("check")) older than 90 days") }
        if counts.foreign > 0 {
            file.lose("history", "\(counts.foreign.counted("check")) of monitors that were not carried over")
        }
        if counts.timeless > 0 {
            file.lose("history", "\(counts.timeless.counted("check")) without a readable time")
        }
    }

    private func write(_ file: ImportedFile, from source: String) -> Int32 {
        let text = file.text(from: source)
        guard let output else {
            do throws(Errno) {
                try FileDescriptor.writeResult(text, to: STDOUT_FILENO)
            } catch {
                return fail("standard output cannot be written: \(error.message)", 73)
            }
            report(file, environmentFile: nil)
            return 0
        }
        let environmentFile = "\(output).env"
        var files = [(path: output, text: text, mode: UInt16(0o640))]
        if !file.secrets.isEmpty { files.append((environmentFile, file.environment, 0o600)) }
        for (index, new) in files.enumerated() {
            let trouble: String
            do throws(Errno) {
                if try NewFile.write(new.text, to: new.path, mode: new.mode) == .written { continue }
                trouble = "\(new.path) exists already: give another --output"
            } catch {
                trouble =
                    "\(new.path) cannot be written (\(error.message)): "
                    + error.remedy(orElse: "make its folder writable, or give another --output")
            }
            // One without the other would look complete, and stand in the way of the next attempt.
            for written in files[..<index] { try? FileSystem.remove(written.path) }
            return fail(trouble, 73)
        }
        report(file, environmentFile: file.secrets.isEmpty ? nil : environmentFile)
        let environment = file.secrets.isEmpty ? "" : " --env-file \(ShellWord.quoted(environmentFile))"
        note("Next: health-monitor --config \(ShellWord.quoted(output))\(environment) --check-config")
        return 0
    }

    /// Lists what was left out, and the secrets to set.
    private func report(_ file: ImportedFile, environmentFile: String?) {
        note("\(file.targets.count.counted("target")) and \(file.channels.count.counted("channel")) carried over")
        if !file.losses.isEmpty {
            note("not carried over:")
            for loss in file.losses { note("  - \(loss)") }
        }
        if !file.missingVariables.isEmpty {
            note("variables that the file names and the environment does not have:")
            for name in file.missingVariables.sorted() { note("  - \(name)") }
        }
        guard !file.secrets.isEmpty else { return }
        note(
            environmentFile.map { "secrets, written to \($0):" }
                ?? "variables to set (--output FILE writes their values to FILE.env):")
        for secret in file.secrets { note("  - \(secret.name)") }
    }

    private func note(_ text: String) { FileDescriptor.complain(text) }

    private func fail(_ text: String, _ code: Int32) -> Int32 {
        note("health-monitor import: \(text)")
        return code
    }

    static let help = """
        health-monitor import: writes another monitor's configuration as our JSON5.

        Usage: health-monitor import uptime-kuma FILE [--output FILE] [--history FILE]
               health-monitor import gatus FILE [--output FILE]

          uptime-kuma FILE  kuma.db of Uptime Kuma 1 or 2, or a JSON backup of 1
          gatus FILE        config.yaml; YAML is read by python3-yaml, ruby or yq,
                            JSON without them
          --output FILE     write a new file, and its secrets to FILE.env (mode 0600);
                            without it, print the configuration
          --history FILE    take 90 days of checks from kuma.db into this database of
                            health-monitor; the monitor must not run. A second run
                            adds nothing twice
          -h, --help        print this summary

        Standard error lists what could not be carried over, each with its reason.
        Exit codes: 0 done, 64 usage, 65 unreadable input, 73 no output possible.

        Examples:
          health-monitor import uptime-kuma kuma.db --output monitor.json5

        More: man health-monitor (in a checkout: man docs/man/health-monitor.8)
        """
}
