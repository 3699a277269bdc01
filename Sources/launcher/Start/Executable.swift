import KeepAliveKit
import KeepAlivePlatform

/// Examines a program file as the kernel does (execve(2), elf(5)).
struct Executable {
    let path: String

    /// Why it cannot run, with a remedy; nil if no reason is known.
    var trouble: String? {
        // A name found in PATH has become a path.
        if !path.contains("/") || !FileSystem.exists(path) {
            guard path.contains("/") else {
                let folders = Settings.processEnvironment["PATH"] ?? "/usr/bin:/bin"
                return "the bot \(path) is in no folder of PATH (\(folders)): install it, or give its path with --bot"
            }
            return "the bot \(path) does not exist: build it, or name another with --bot"
        }
        if FileSystem.isFolder(path) { return "the bot \(path) is a folder: name the program in it with --bot" }
        if !FileSystem.isExecutable(path) {
            return "the bot \(path) cannot be executed: chmod +x it, or name another with --bot"
        }
        return Self.trouble(in: path, depth: 0).map { "the bot \(path) cannot be executed: \($0)" }
    }

    /// The problem with a file's contents.
    private static func trouble(in path: String, depth: Int) -> String? {
        // Only the kernel can read an executable, unreadable file.
        guard let file = try? FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK),
            let head = try? file.readAll(limit: 4096)
        else { return nil }
        if head.starts(with: Array("#!".utf8)) { return scriptTrouble(head, depth: depth) }
        if head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) { return ELFHead(head).flatMap { $0.trouble(isHandled) } }
        #if os(Linux)
            if head.isEmpty { return "it is empty; build it again" }
            let start = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head[3...] : head[...]
            if start.count < head.count || head.starts(with: [0xFF, 0xFE]) || head.starts(with: [0xFE, 0xFF]) {
                return "it begins with a byte order mark, so that its #! is not seen; save it as UTF-8 without BOM"
            }
            if isHandled { return nil }
            return "it is neither a program for this system nor a script; begin a script with #!, such as #!/bin/sh"
        #else
            return nil
        #endif
    }

    private static func scriptTrouble(_ head: [UInt8], depth: Int) -> String? {
        let line = head.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }
        if line.last == UInt8(ascii: "\r") {
            return "its lines end in CR LF (Windows), which becomes part of the interpreter's name; "
                + "convert it, for example with dos2unix"
        }
        let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            .map { String(decoding: $0, as: UTF8.self) }
        guard let interpreter = words.first else { return "its #! names no interpreter; write, for example, #!/bin/sh" }
        if let found = missing(interpreter) { return found }
        if interpreter.hasSuffix("/env"), let program = envProgram(words.dropFirst()),
            LauncherSettings.resolve(program) == program, !program.contains("/")
        {
            return "its interpreter \(program) is not in PATH; install it, or correct the first line"
        }
        // The kernel follows a few nested interpreter scripts, then gives up.
        return depth < 4
            ? trouble(in: interpreter, depth: depth + 1).map { "its interpreter \(interpreter): \($0)" } : nil
    }

    private static func missing(_ interpreter: String) -> String? {
        if !FileSystem.exists(interpreter) {
            return "its interpreter \(interpreter) does not exist; install it, or correct the first line"
        }
        if !FileSystem.isExecutable(interpreter) {
            return "its interpreter \(interpreter) cannot be executed; chmod +x it"
        }
        return nil
    }

    /// The program that env(1) must find, after `-S` and assignments. Nil if options, quotes or a PATH leave it open.
    private static func envProgram(_ words: ArraySlice<String>) -> String? {
        guard words.first == "-S" || words.first?.hasPrefix("-") != true,
            let program = words.drop(while: { $0 == "-S" || $0.contains("=") && !$0.hasPrefix("PATH=") }).first,
            !program.hasPrefix("-")
        else { return nil }
        return program.contains { "=\"'\\$#".contains($0) } ? nil : program
    }

    /// Whether the system runs foreign programs (binfmt_misc): then nothing is certain.
    private static var isHandled: Bool {
        let folder = "/proc/sys/fs/binfmt_misc"
        return (FileSystem.names(in: folder) ?? []).contains { $0 != "register" && $0 != "status" }
    }
}

/// An ELF file's header (elf(5)).
struct ELFHead {
    private let bytes: [UInt8]
    private let is64: Bool
    private let isBig: Bool

    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 52 else { return nil }
        self.bytes = bytes
        is64 = bytes[4] == 2
        isBig = bytes[5] == 2
    }

    /// - Parameter isHandled: whether programs for other machines may run here anyway.
    func trouble(_ isHandled: Bool) -> String? {
        if let own = Self.ownMachines, !own.contains(number(at: 18, size: 2) ?? 0), !isHandled {
            return "it was built for another kind of machine; build it for this one"
        }
        guard [2, 3].contains(number(at: 16, size: 2) ?? 0) else {
            return "it is an object file or library, not a program; link it first"
        }
        guard let loader, !FileSystem.exists(loader) else { return nil }
        return "its loader \(loader) does not exist; it was linked for another system, build it for this one"
    }

    /// The loader of a dynamically linked program (PT_INTERP).
    private var loader: String? {
        guard let table = number(at: is64 ? 32 : 28, size: is64 ? 8 : 4),
            let size = number(at: is64 ? 54 : 42, size: 2), let count = number(at: is64 ? 56 : 44, size: 2), size > 0
        else { return nil }
        for index in 0..<min(count, 64) {
            let entry = table &+ index &* size
            guard number(at: entry, size: 4) == 3 else { continue }
            guard let offset = number(at: entry &+ (is64 ? 8 : 4), size: is64 ? 8 : 4), offset < bytes.count else {
                return nil
            }
            let name = bytes[offset...].prefix { $0 != 0 }
            return name.endIndex < bytes.count ? String(decoding: name, as: UTF8.self) : nil
        }
        return nil
    }

    private func number(at offset: Int, size: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - size else { return nil }
        let part = bytes[offset..<(offset + size)]
        let value = (isBig ? Array(part) : part.reversed()).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(exactly: value)
    }

    /// This machine's ELF numbers; nil if unknown.
    private static var ownMachines: [Int]? {
        #if arch(x86_64)
            [62, 3]
        #elseif arch(arm64)
            [183, 40]
        #elseif arch(i386)
            [3]
        #elseif arch(arm)
            [40]
        #elseif arch(riscv64)
            [243]
        #else
            nil
        #endif
    }
}
