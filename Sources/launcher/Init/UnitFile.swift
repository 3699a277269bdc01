import KeepAlivePlatform

/// The text of a systemd unit that runs a bot under this launcher. Pure.
struct UnitFile {
    let name: String
    /// Absolute paths.
    let launcher: String
    let bot: String?
    let folder: String
    /// A name, or a number if the system knows no name.
    let user: String
    var required: [String] = []
    var botArguments: [String] = []

    /// Whether a text is a valid name for a unit, and for folders in /var/lib and /var/log.
    static func isName(_ text: String) -> Bool {
        (1...200).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte.lowercased)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
    }

    var text: String {
        """
        # Runs \(name) under KeepAliveKit's launcher.
        #
        #   sudo install -m 644 \(name).service /etc/systemd/system/
        #   sudo systemctl daemon-reload
        #   sudo systemctl enable --now \(name)
        #   journalctl -fu \(name)

        [Unit]
        Description=\(name), kept alive by KeepAliveKit
        After=network-online.target
        Wants=network-online.target
        # After five starts in 300 s systemd gives up.
        StartLimitIntervalSec=300
        StartLimitBurst=5

        [Service]
        # The launcher reports for the bot, whatever the bot is written in.
        Type=notify
        NotifyAccess=main
        ExecStart=\(commandLine)
        # The launcher reads .env here, and the bot works here.
        WorkingDirectory=\(Self.escaped(folder))
        # Whose rights the bot has. A user of its own is safer than root or your own.
        User=\(user)
        # Restart counts and crash reports: /var/lib/\(name). Log: /var/log/\(name)/bot_launcher.log.
        StateDirectory=\(name)
        StateDirectoryMode=0700
        LogsDirectory=\(name)
        LogsDirectoryMode=0750

        WatchdogSec=300
        Restart=on-failure
        RestartSec=5
        # 70: MAX_RESTARTS is reached. 78: the configuration is wrong. A restart helps with neither.
        RestartPreventExitStatus=70 78
        # SIGTERM ended the bot while it stopped.
        SuccessExitStatus=143
        # systemd signals the launcher alone, which stops the bot.
        KillMode=mixed
        TimeoutStartSec=90
        TimeoutStopSec=30

        NoNewPrivileges=yes
        \(privateTmp)
        ProtectSystem=full
        ProtectControlGroups=yes
        ProtectKernelModules=yes
        ProtectKernelTunables=yes
        RestrictSUIDSGID=yes
        LockPersonality=yes
        UMask=0077

        [Install]
        WantedBy=multi-user.target

        """
    }

    /// The command that starts the bot.
    var command: [String] {
        [launcher] + (bot.map { ["--bot", $0] } ?? []) + required.flatMap { ["--require", $0] }
            + (botArguments.isEmpty ? [] : ["--"] + botArguments)
    }

    private var commandLine: String {
        command.enumerated().map { Self.quoted($1, isProgram: $0 == 0) }.joined(separator: " ")
    }

    /// With a /tmp of its own, the service would not find what is in the system's.
    private var privateTmp: String {
        let isTemporary = (command + [folder]).contains { word in
            ["/tmp", "/var/tmp"].contains { word == $0 || word.hasPrefix("\($0)/") }
        }
        return isTemporary
            ? "# The bot needs files in /tmp or /var/tmp: PrivateTmp= would hide them." : "PrivateTmp=yes"
    }

    /// A word of a command line (systemd.service(5), "Command lines"). Variables are not replaced in the program's path.
    private static func quoted(_ word: String, isProgram: Bool) -> String {
        var text = ""
        var isPlain = !word.isEmpty
        // systemd reads code points: a combining mark hides no quote before it.
        for scalar in escaped(word).unicodeScalars {
            switch scalar {
            case "\\", "\"": text += "\\\(scalar)"
            case "$" where !isProgram: text += "$$"
            default: text.unicodeScalars.append(scalar)
            }
            let properties = scalar.properties
            let isWord = properties.isAlphabetic || properties.numericType != nil
            if !isWord, !"/._-+=:,@%".unicodeScalars.contains(scalar) { isPlain = false }
        }
        return isPlain ? text : "\"\(text)\""
    }

    /// `%` begins a specifier (systemd.unit(5)).
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { $0 == "%" ? "%%" : String($0) }.joined()
    }
}
