/// The terminal of a full-screen program: keys at once and without echo, the alternate screen, no cursor. `leave`
/// restores it, and ``TerminalRescue`` does when the program crashes.
///
/// Reopened by name: a flag on the inherited descriptor, such as non-blocking, would change the shell's too.
package struct Terminal: ~Copyable {
    /// In cells.
    package struct Size: Equatable, Sendable {
        package var columns: Int
        package var rows: Int

        package init(columns: Int, rows: Int) {
            self.columns = columns
            self.rows = rows
        }
    }

    private let file: FileDescriptor
    private var unsent: [UInt8] = []
    private var isEntered = false

    /// 1049 the alternate screen, 25 the cursor, 7 wrapping at the margin, 2004 bracketed paste, 1000 and 1006 clicks and
    /// the wheel as sequences of numbers, 8 the terminal's own
    /// reordering of right-to-left text (ECMA-48 BDSM), by which a name could move the numbers beside it.
    private static let begin = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[?2004h\u{1B}[?1000h\u{1B}[?1006h\u{1B}[8l"
    /// CAN ends a sequence that was cut in the middle.
    private static let end =
        "\u{18}\u{1B}[?2026l\u{1B}[0m\u{1B}[8h\u{1B}[?1006l\u{1B}[?1000l\u{1B}[?2004l\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    /// Whether this process has a controlling terminal that has not hung up; true also if that cannot be found out.
    package static var isAttached: Bool {
        do throws(Errno) {
            _ = try FileDescriptor.open("/dev/tty", flags: O_RDONLY | O_NOCTTY | O_NONBLOCK)
            return true
        } catch {
            return error.code != ENXIO && error.code != EIO
        }
    }

    /// The terminal on standard output; nil when it is no terminal.
    package init?() {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        // In a container the name may belong to the host; /dev/tty is right nearly always.
        for path in [Self.name, "/dev/tty"] {
            if let path, let file = try? FileDescriptor.open(path, flags: O_RDWR | O_NOCTTY | O_NONBLOCK),
                isatty(file.raw) == 1
            {
                self.file = file
                return
            }
        }
        return nil
    }

    private static var name: String? {
        var name = [CChar](repeating: 0, count: 1024)
        guard unsafe ttyname_r(STDOUT_FILENO, &name, name.count) == 0 else { return nil }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    package var raw: Int32 { file.raw }

    /// Whether a part of the output still waits for the terminal.
    package var isBusy: Bool { !unsent.isEmpty }

    /// Its size, up to 1000×500, which is more than any screen; 80×24 if it is unknown.
    package var size: Size {
        var size = winsize()
        guard unsafe ioctl(raw, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return Size(columns: 80, rows: 24)
        }
        return Size(columns: min(Int(size.ws_col), 1000), rows: min(Int(size.ws_row), 500))
    }

    /// Takes over the terminal, also after the program was stopped: after SIGSTOP, which cannot be caught, its settings
    /// may be the shell's.
    package mutating func enter() throws(Errno) {
        leave()
        var settings = termios()
        guard unsafe tcgetattr(raw, &settings) == 0 else { throw Errno.last("tcgetattr") }
        TerminalRescue.arm(raw, settings, Self.end)
        isEntered = true
        // Signals of the keyboard stay on: Ctrl-C works even if the program reads no keys.
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
        settings.c_iflag &= ~tcflag_t(IXON | ICRNL | INLCR)
        unsafe withUnsafeMutableBytes(of: &settings.c_cc) { bytes in
            unsafe bytes[Int(VMIN)] = 1
            unsafe bytes[Int(VTIME)] = 0
        }
        guard unsafe tcsetattr(raw, TCSANOW, &settings) == 0 else { throw Errno.last("tcsetattr") }
        try send(Self.begin)
    }

    /// Restores the terminal. A second call has no effect.
    package mutating func leave() {
        guard isEntered else { return }
        isEntered = false
        unsent = []
        TerminalRescue.restore()
    }

    /// Writes as much as the terminal takes now; `flush` writes the rest.
    package mutating func send(_ text: String) throws(Errno) {
        unsent += text.utf8
        try flush()
    }

    package mutating func flush() throws(Errno) {
        while !unsent.isEmpty {
            do throws(Errno) {
                unsent.removeFirst(try file.write(unsent.span))
            } catch {
                if error.isWouldBlock { return }
                throw error
            }
        }
    }

    /// The typed bytes; empty when there are none.
    ///
    /// - Throws: `Errno` when the terminal is gone.
    package func read() throws(Errno) -> [UInt8] {
        guard let bytes = try file.readSome(1024) else { return [] }
        if bytes.isEmpty { throw Errno("read", code: EIO) }
        return bytes
    }

    /// Stops the program as Ctrl-Z does; returns when it continues.
    package static func stop() {
        _ = signal(SIGTSTP, SIG_DFL)
        // Sent to this thread, so that it stops here and not some lines later.
        _ = raise(SIGTSTP)
    }
}
