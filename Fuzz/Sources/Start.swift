@testable import KeepAliveCasinoBot
@testable import KeepAliveHealthCheck
@testable import KeepAliveHealthMonitor
@testable import KeepAliveKit
@testable import KeepAliveLauncher
@testable import KeepAlivePlatform

/// What the programs read before they start: command lines, variables, the bot's program file.
let startTargets = [
    Target(name: "arguments", most: 1 << 14, look: lookAtArguments),
    Target(name: "variables", most: 1 << 16, look: lookAtVariables),
    Target(name: "executable", most: 4096, look: lookAtExecutable),
]

/// A command line, one argument a line, for each program. A refusal says why.
private func lookAtArguments(_ bytes: [UInt8]) {
    let arguments = bytes.filter { $0 != 0 }.split(separator: UInt8(ascii: "\n")).map { text(Array($0)) }
    func read(_ body: ([String]) throws -> Void) {
        do {
            try body(arguments)
        } catch {
            require(!"\(error)".isEmpty, "a refusal without words")
        }
    }
    read { _ = try KeepAliveLauncher.Options($0) }
    read { _ = try KeepAliveLauncher.InitOptions($0) }
    read { _ = try KeepAliveHealthCheck.Options($0) }
    read { _ = try KeepAliveHealthCheck.WatchOptions($0) }
    read { _ = try KeepAliveHealthMonitor.Options($0) }
    for word in MarkCommand.Word.allCases { read { _ = try MarkCommand(word, $0) } }
    read { _ = try KeepAliveCasinoBot.Options($0) }
}

/// Variables, as lines of `.env`. No finding shows the token.
private func lookAtVariables(_ bytes: [UInt8]) {
    guard let variables = try? EnvironmentFile.parse(bytes, path: ".env") else { return }
    var settings = Settings(environment: variables)
    if let options = try? KeepAliveLauncher.Options([String]()) {
        let launcher = LauncherSettings(options, settings: &settings)
        require(launcher.shutdownTimeout > .zero && launcher.healthInterval > .zero, "a time is none")
    }
    _ = (settings.botToken(), settings.ownerID(), settings.adminIDs())
    require(settings.findings.allSatisfy { !$0.isEmpty }, "a finding has no words")
    var findings = settings.findings
    do {
        let bot = try BotSettings(options: KeepAliveCasinoBot.Options([String]()), variables: variables)
        require(bot.pollTime >= .zero && bot.pollTime <= .seconds(30), "the poll takes \(bot.pollTime)")
        require(bot.heartbeatInterval > .zero, "the interval is \(bot.heartbeatInterval)")
    } catch {
        require(!"\(error)".isEmpty, "a refusal without words")
        findings += (error as? KeepAliveError)?.findings ?? []
    }
    guard let token = variables["BOT_TOKEN"], token.utf8.count > 20,
        variables.values.count(where: { $0.contains(token) }) == 1
    else { return }
    for finding in findings { require(!finding.contains(token), "the token is shown: \(finding)") }
}

/// The first bytes of a program or script.
private func lookAtExecutable(_ bytes: [UInt8]) {
    _ = ELFHead(bytes)?.trouble(false)
    let path = "\(folder)/bot"
    guard (try? AtomicFile.write(bytes, to: path, flushes: false)) != nil, chmod(path, 0o700) == 0 else { return }
    if let words = Executable(path: path).trouble { require(!words.isEmpty, "no words") }
}
