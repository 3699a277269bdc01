import KeepAlivePlatform
import Testing

struct SpareDescriptorTests {
    @Test func theReserveIsReleasedOnceUntilItIsRefilled() {
        var spare = SpareDescriptor()
        for _ in 0..<2 {
            let isReleased = spare.release()
            #expect(isReleased)
            let isReleasedAgain = spare.release()
            #expect(!isReleasedAgain)
            spare.refill()
        }
    }
}
