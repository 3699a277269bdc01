import Foundation
import KeepAlivePlatform
import KeepAliveTestSupport
import Testing

@testable import KeepAliveHealthMonitor

/// The file that keeps what alerts depend on while the history cannot be written.
struct HistoryReserveTests {
    private func batch(_ name: String) -> HistoryBatch {
        var batch = HistoryBatch()
        batch.addRetired(name, nil)
        return batch
    }

    /// A half with another byte is no half, although it can be read: the one before counts.
    @Test func aTornHalfIsNotTaken() throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("reserve").path
        let reserve = try HistoryReserve(path: path, targets: 1)
        #expect(reserve.save(batch("first-service")))
        #expect(reserve.save(batch("other-service")))
        #expect(reserve.read()?.retired == ["other-service"])
        var bytes = try Data(contentsOf: folder.file("reserve"))
        let place = try #require(bytes.range(of: Data("other-service".utf8)))
        bytes[place.lowerBound] = UInt8(ascii: "O")
        try bytes.write(to: folder.file("reserve"))
        #expect(try HistoryReserve(path: path, targets: 1).read()?.retired == ["first-service"])
    }
}
