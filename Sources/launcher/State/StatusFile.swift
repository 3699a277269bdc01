import KeepAliveKit
import KeepAlivePlatform

/// The bot, its launcher and its state, for `launcher status`, `launcher drill`, and the next launcher after a crash.
struct StatusFile {
    let path: String

    struct Status: Equatable {
        var launcher: Int32
        /// The bot's process; 0 while none runs.
        var bot: Int32 = 0
        /// The kernel's start time of the bot's process, because a process id may be reused.
        var botStartTime: UInt64 = 0
        var healthURL = ""
        /// `running`, `waiting`, `restarting`, `stopping`, `standby` or `stopped`.
        var state = ""
        /// Since when, in microseconds since 1970.
        var since: Int64 = 0
        /// How often this launcher has restarted the bot.
        var restarts = 0
        /// When the backoff delay ends; 0 without a delay.
        var nextStart: Int64 = 0
        /// The last event, in one line; empty without one.
        var reason = ""
        /// The lease's name; empty without a lease.
        var lease = ""
        /// The number of the term in which this machine leads; 0 if it does not.
        var epoch: Int64 = 0
        /// The socket of this launcher's bot, for `launcher handover` and for the next launcher after a crash.
        var notify = ""
        /// The last handovers, as ``HandoverLog`` writes them.
        var handover = ""

        /// Whether the bot's process still runs, and is no later one with its id.
        var isBot: Bool {
            guard bot > 0, botStartTime != 0, let process = ProcessFact.of(bot) else { return false }
            return process.start == botStartTime && !process.isZombie
        }
    }

    /// Writes the status, atomically.
    func write(_ status: Status) throws(Errno) {
        let text =
            "launcher=\(status.launcher)\nbot=\(status.bot)\nbot_start=\(status.botStartTime)\n"
            + "health_url=\(status.healthURL)\nstate=\(status.state)\nsince=\(status.since)\n"
            + "restarts=\(status.restarts)\nnext_start=\(status.nextStart)\nreason=\(status.reason)\n"
            + "notify=\(status.notify)\n"
            + (status.lease.isEmpty
                ? "" : "lease=\(status.lease)\nepoch=\(status.epoch)\nhandover=\(status.handover)\n")
        try AtomicFile.write(Array(text.utf8), to: path)
    }

    /// The last written status; nil if there is none.
    func read() -> Status? {
        guard let file = try? FileDescriptor.openOwn(path, flags: O_RDONLY),
            let bytes = try? file.readAll(limit: 16 * 1024)
        else { return nil }
        var fields: [String: String] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { fields[String(parts[0])] = String(parts[1]) }
        }
        guard let launcher = fields["launcher"].flatMap({ Int32($0) }), launcher > 0 else { return nil }
        return Status(
            launcher: launcher, bot: max(0, fields["bot"].flatMap { Int32($0) } ?? 0),
            botStartTime: fields["bot_start"].flatMap { UInt64($0) } ?? 0, healthURL: fields["health_url"] ?? "",
            state: fields["state"] ?? "", since: fields["since"].flatMap { Int64($0) } ?? 0,
            restarts: max(0, fields["restarts"].flatMap { Int($0) } ?? 0),
            nextStart: fields["next_start"].flatMap { Int64($0) } ?? 0, reason: fields["reason"] ?? "",
            lease: fields["lease"] ?? "", epoch: max(0, fields["epoch"].flatMap { Int64($0) } ?? 0),
            notify: fields["notify"] ?? "", handover: fields["handover"] ?? "")
    }

    /// The bot running without its launcher; nil if there is none.
    var leftover: Int32? {
        guard let old = read(), old.isBot else { return nil }
        return old.bot
    }
}
