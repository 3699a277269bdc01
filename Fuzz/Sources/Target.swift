@testable import KeepAlivePlatform

/// One reader of outside bytes, with what must hold for any bytes.
struct Target: Sendable {
    /// The name of its folder below `corpus`.
    let name: String
    /// The most bytes that the programs pass to this reader.
    var most = 1 << 16
    /// Reads the bytes, and ends the process if something does not hold.
    let look: @Sendable ([UInt8]) -> Void
}

/// Every target. A reader that is added to the project gets a line in one of these files.
let everyTarget =
    webTargets + textTargets + monitorTargets + probeTargets + scheduleTargets + systemTargets + botTargets
    + leaseTargets + databaseTargets + servedTargets + startTargets + watchTargets

/// Ends the process like a trap, so that libFuzzer keeps the input.
func require(_ holds: Bool, _ words: @autoclosure () -> String) {
    guard !holds else { return }
    FileDescriptor.print("DOES NOT HOLD: \(words())", to: STDERR_FILENO)
    abort()
}

/// Ends the process if two values differ.
func same<Value: Equatable>(_ one: Value, _ other: Value, _ words: @autoclosure () -> String) {
    require(one == other, "\(words()): \(one) and \(other)")
}

/// A text of any bytes, as the readers of texts get it.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Places to cut a text, which depend on its bytes alone.
func cuts(_ bytes: [UInt8]) -> [Int] {
    guard !bytes.isEmpty else { return [0] }
    let sum = bytes.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF }
    return [sum % bytes.count, (sum / 7) % bytes.count, bytes.count - 1]
}

/// The bytes before and after the first byte of this value: two parts of one input.
func halves(_ bytes: [UInt8], at separator: UInt8 = 0) -> (first: [UInt8], second: [UInt8]) {
    guard let place = bytes.firstIndex(of: separator) else { return (bytes, []) }
    return (Array(bytes[..<place]), Array(bytes[(place + 1)...]))
}

/// A folder for readers that read files.
let folder: String = {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    guard let folder = try? FileSystem.makeTemporaryFolder("\(parent)/fuzz-") else { abort() }
    return folder
}()
