@testable import KeepAlivePlatform

/// `FUZZ_TARGET` names the target. `FUZZ_REPEAT` repeats each input up to as many bytes as the programs pass, because a
/// reader whose time grows with the square of the length shows only on long inputs.
private let chosen: Target? = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    if let target = everyTarget.first(where: { $0.name == name }) { return target }
    if name == "list" {
        for target in everyTarget { FileDescriptor.print(target.name, to: STDOUT_FILENO) }
        _exit(0)
    }
    FileDescriptor.print("FUZZ_TARGET=\(name) is unknown; FUZZ_TARGET=list prints all", to: STDERR_FILENO)
    _exit(64)
}()
private let repeats = getenv("FUZZ_REPEAT") != nil

/// libFuzzer calls this with each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func lookAtOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let chosen else { return 0 }
    var bytes = Array(UnsafeBufferPointer(start: start, count: count).prefix(chosen.most))
    if repeats, !bytes.isEmpty {
        let unit = bytes
        while bytes.count + unit.count <= chosen.most { bytes += unit }
    }
    chosen.look(bytes)
    return 0
}
