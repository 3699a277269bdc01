import KeepAliveCurl
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

func end(_ message: String, code: Int32) -> Never {
    FileDescriptor.complain("health-monitor: \(message)")
    endProcess(code)
}

/// 71 asks for a restart: the missing resource may be available then.
func exitCode(of error: any Error) -> Int32 {
    if let error = error as? Errno { return error.isPassingShortage ? 71 : 78 }
    return (error as? KeepAliveError)?.exitCode ?? 78
}

let arguments = ProgramStart.begin("health-monitor")
if let name = arguments.first {
    let rest = arguments.dropFirst()
    switch name {
    case "import": await ImportCommand.main(name) { () throws(Options.UsageError) in try ImportCommand(rest) }
    case "migrate": await MigrateCommand.main(name) { () throws(Options.UsageError) in try MigrateCommand(rest) }
    case "init": await InitCommand.main(name) { () throws(Options.UsageError) in try InitCommand(rest) }
    default:
        if let word = MarkCommand.Word(rawValue: name) {
            await MarkCommand.main(name) { () throws(Options.UsageError) in try MarkCommand(word, rest) }
        }
    }
}

let options: Options
do {
    options = try Options(arguments)
} catch {
    end(error.advice(from: "health-monitor"), code: 64)
}
switch options.command {
case .help:
    print(Options.help)
    endProcess(0)
case .version:
    print("health-monitor \(kitVersion)")
    endProcess(0)
case .exampleConfiguration:
    do throws(Errno) {
        try FileDescriptor.writeResult(MonitorConfiguration.example, to: STDOUT_FILENO)
    } catch {
        end("standard output cannot be written: \(error.message)", code: 73)
    }
    endProcess(0)
case .run, .once, .testAlert, .check:
    break
}

// 1. Take the daemon's signals, as early as possible: SIGHUP would end it, and systemd counts that as a clean end.
let signals: MonitorSignals?
do {
    signals = try options.command == .run ? MonitorSignals() : nil
} catch {
    end("\(error)", code: exitCode(of: error))
}

// 2. Read the configuration.
let configuration: MonitorConfiguration
let log: Log
do {
    let (read, logging) = try ConfigurationSource.read(options)
    configuration = read
    log = try logging.makeLog(hiding: configuration.secrets)
} catch let error as ConfigurationFailure {
    if let shortage = error.shortage { end("\(shortage): start it again", code: 71) }
    end("invalid configuration:" + error.findings.map { "\n  - \($0)" }.joined(), code: 78)
} catch {
    end("\(error)", code: exitCode(of: error))
}
for warning in configuration.warnings { log(.warning, "configuration: \(warning)") }
if options.command == .check {
    print(
        "health-monitor: \(configuration.targets.count.counted("target")), "
            + "\(configuration.channels.count.counted("channel")): the configuration is valid")
    endProcess(0)
}

// 3. Carry out the command.
DescriptorLimit.raise()
let monitor = Monitor(configuration, version: kitVersion, log: log)
switch options.command {
case .once:
    do {
        let report = try await monitor.checkOnce(sendsAlerts: options.sendsAlerts, restarts: options.restarts)
        print(options.prints == .json ? report.json : report.text, terminator: "")
        endProcess(report.exitCode)
    } catch {
        end("\(error)", code: exitCode(of: error))
    }
case .testAlert:
    endProcess(await monitor.sendTestAlerts() ? 0 : 1)
default:
    guard let signals else { break }
    do {
        try await monitor.run(until: signals) { [options] () throws(ConfigurationFailure) in
            try ConfigurationSource.read(options).0
        }
        endProcess(0)
    } catch {
        end("\(error)", code: exitCode(of: error))
    }
}
