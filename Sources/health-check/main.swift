import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

let arguments = ProgramStart.begin("health-check")
if arguments.first == "watch" { Watch.main(arguments.dropFirst()) }

let isNagios = arguments.contains("--nagios") && !arguments.contains("--json")

/// Wrong usage; a Nagios server reads it as UNKNOWN.
func refuse(_ failure: Options.UsageError) -> Never {
    if isNagios {
        FileDescriptor.print("KEEPALIVE UNKNOWN - \(Verdict.message(failure.description))", to: STDOUT_FILENO)
    } else {
        FileDescriptor.complain("health-check: \(failure.advice(from: "health-check"))")
    }
    exit(isNagios ? 3 : 64)
}

let options: Options
do {
    options = try Options(arguments)
} catch {
    refuse(error)
}
if options.showsHelp {
    print(Options.help)
    exit(0)
}
if options.showsVersion {
    print("health-check \(kitVersion)")
    exit(0)
}

let flags = options.port.map { ["PORT": $0] } ?? [:]
do {
    let check = try Check(options, settings: Settings(flags: flags, environmentFile: options.environmentFile))
    let verdict = Verdict(check.run(), as: options.output)
    if !verdict.text.isEmpty { FileDescriptor.print(verdict.text, to: STDOUT_FILENO) }
    exit(verdict.exitCode)
} catch {
    refuse(.init(description: error.description))
}
