import CKeepAliveSpawn
import KeepAliveKit
import KeepAlivePlatform
import KeepAliveToolSupport

func end(_ message: String, code: Int32) -> Never {
    FileDescriptor.complain("launcher: \(message)")
    exit(code)
}

let arguments = ProgramStart.begin("launcher")
if arguments.first == "init" { InitCommand.main(arguments.dropFirst()) }
let options: Options
do {
    options = try Options(arguments)
} catch {
    end(error.advice(from: "launcher"), code: 64)
}
if options.command == .help {
    print(Options.help)
    exit(0)
}
if options.command == .version {
    print("launcher \(kitVersion)")
    exit(0)
}

// 1. Read the variables.
var settings = Settings(environmentFile: options.environmentFile)
let launcher = LauncherSettings(options, settings: &settings)
let statusFile = StatusFile(path: launcher.statusPath)
let lockPath = "\(launcher.stateDirectory)/launcher.lock"
let running = RunningLauncher(statusFile: statusFile, lockPath: lockPath)
if options.command == .handover { exit(Handover(running: running).run()) }
if options.command == .drill { exit(Drill(running: running).run()) }
if options.command == .status {
    exit(StatusCommand(statusFile: statusFile, lockPath: lockPath, isJSON: options.isJSON).run())
}

// 2. Become the only launcher first: otherwise another launcher's port would be a finding.
var lock: LockFile?
if options.command == .run, FileSystem.prepareFolder(launcher.stateDirectory) {
    do {
        lock = try LockFile(path: lockPath, attempts: 10)
        if lock == nil {
            end(
                "another launcher runs a bot with the state folder \(launcher.stateDirectory): "
                    + "stop it, or give another --state-dir", code: 78)
        }
    } catch {
        end("\(lockPath): \(error.message)", code: error.isPassingShortage ? 71 : 78)
    }
}

// 3. Check whether the bot can run. A missing resource may be available at the next start.
let preflight = Preflight(
    launcher, required: options.required, settings: settings, environmentFile: options.environmentFile,
    on: options.command == .check ? .check : .start)
for warning in preflight.warnings { FileDescriptor.complain("launcher: warning: \(warning)") }
if let shortage = preflight.shortage { end(shortage, code: 71) }
if !preflight.errors.isEmpty {
    end("the bot cannot run:" + preflight.errors.map { "\n  - \($0)" }.joined(), code: 78)
}
if options.command == .check {
    FileDescriptor.print("launcher: the bot can run", to: STDOUT_FILENO)
    exit(0)
}

// 4. Adopt orphans, start the bot, wait and forward, reap.
do {
    if getpid() != 1 { _ = cspawn_become_subreaper() }
    let botLog = BotLog(
        path: launcher.logPath, level: launcher.logLevel, format: launcher.logFormat, secrets: launcher.secrets)
    let supervisor = try Supervisor(launcher, botLog: botLog) {
        var settings = Settings(environmentFile: options.environmentFile)
        let launcher = LauncherSettings(options, settings: &settings)
        let preflight = Preflight(
            launcher, required: options.required, settings: settings, environmentFile: options.environmentFile,
            on: .reload)
        return (launcher, preflight.errors)
    }
    exit(supervisor.run())
} catch {
    end("\(launcher.stateDirectory): \(error)", code: error.isPassingShortage ? 71 : 78)
}
