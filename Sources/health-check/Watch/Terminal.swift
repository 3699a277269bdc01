import KeepAliveKit
import KeepAlivePlatform

/// The terminal as a full-screen program has it: keys at once and without echo, the alternate screen, no cursor. It is given
/// back by `leave`, and by `TerminalRescue` when the program crashes.
///
/// Opened anew by its name: a flag set on the descriptor that was inherited, such as non-blocking, would be the shell's too.
struct Terminal: ~Copyable {
    private let descriptor: FileDescriptor
    private var unsent: [UInt8] = []
    private(set) var isEntered = false

    /// 1049 the alternate screen, 25 the cursor, 7 wrapping at the margin, 2004 bracketed paste, 8 the terminal's own reordering
    /// of right-to-left text (ECMA-48 BDSM), by which a name could move the numbers beside it.
    private static let begin = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[?2004h\u{1B}[8l"
    /// CAN ends a sequence that was cut in the middle.
    private static let end = "\u{18}\u{1B}[?2026l\u{1B}[0m\u{1B}[8h\u{1B}[?2004l\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    /// The terminal on standard output; nil when that is none.
    init?() {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        var name = [CChar](repeating: 0, count: 1024)
        let code = ttyname_r(STDOUT_FILENO, &name, name.count)
        let known =
            code == 0 ? String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : ""
        // In a container the name may be of the outside; /dev/tty is right nearly always.
        for path in [known, "/dev/tty"] where !path.isEmpty {
            if let file = try? FileDescriptor.open(path, flags: O_RDWR | O_NOCTTY | O_NONBLOCK), isatty(file.raw) == 1 {
                descriptor = file
                return
            }
        }
        return nil
    }

    var raw: Int32 { descriptor.raw }

    /// Whether a part of a frame still waits for the terminal to take it.
    var isBusy: Bool { !unsent.isEmpty }

    /// Columns and rows; 80×24 where the terminal does not know.
    var size: Frame.Size {
        var size = winsize()
        guard ioctl(raw, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return Frame.Size(columns: 80, rows: 24)
        }
        // More than any screen; a frame is made for each cell.
        return Frame.Size(columns: min(Int(size.ws_col), 1000), rows: min(Int(size.ws_row), 500))
    }

    mutating func enter() throws(Errno) {
        guard !isEntered else { return }
        var settings = termios()
        guard tcgetattr(raw, &settings) == 0 else { throw Errno.last("tcgetattr") }
        TerminalRescue.prepare(raw, settings, Self.end)
        // Signals of the keyboard stay on: Ctrl-C ends it even when nothing else is heard.
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | IEXTEN)
        settings.c_iflag &= ~tcflag_t(IXON | ICRNL | INLCR)
        withUnsafeMutableBytes(of: &settings.c_cc) { bytes in
            if bytes.indices.contains(Int(VMIN)) { bytes[Int(VMIN)] = 1 }
            if bytes.indices.contains(Int(VTIME)) { bytes[Int(VTIME)] = 0 }
        }
        TerminalRescue.arm()
        isEntered = true
        guard tcsetattr(raw, TCSANOW, &settings) == 0 else { throw Errno.last("tcsetattr") }
        unsent = []
        try send(Self.begin)
    }

    /// Takes the terminal again after the program was stopped; by a signal that cannot be caught, its settings may be the shell's.
    mutating func resume() throws(Errno) {
        if isEntered { leave() }
        try enter()
    }

    /// Gives the terminal back as it was. Twice does nothing.
    mutating func leave() {
        guard isEntered else { return }
        isEntered = false
        unsent = []
        TerminalRescue.restore()
    }

    /// Writes as much as the terminal takes now; the rest goes with `flush`.
    mutating func send(_ text: String) throws(Errno) {
        unsent += text.utf8
        try flush()
    }

    mutating func flush() throws(Errno) {
        while !unsent.isEmpty {
            let descriptor = raw
            let result = unsent.withUnsafeBytes { bytes in
                Result { () throws(Errno) in try FileDescriptor.write(bytes, to: descriptor) }
            }
            do throws(Errno) {
                unsent.removeFirst(try result.get())
            } catch {
                if error.isWouldBlock { return }
                throw error
            }
        }
    }

    /// What was typed; empty when nothing was.
    ///
    /// - Throws: `Errno` when the terminal is gone.
    func read() throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(Errno) in try descriptor.read(into: buffer) }
        }
        do throws(Errno) {
            let count = try result.get()
            if count == 0 { throw Errno("read", code: EIO) }
            return Array(bytes.prefix(count))
        } catch {
            if error.isWouldBlock { return [] }
            throw error
        }
    }

    /// Stops the program as Ctrl-Z does; returns when it is continued.
    static func stop() {
        _ = signal(SIGTSTP, SIG_DFL)
        // Sent to this thread, so that it stops here and not some lines later.
        _ = raise(SIGTSTP)
    }
}
