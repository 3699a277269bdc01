import KeepAliveKit
import Testing

@testable import KeepAliveHealthMonitor

/// Why the running configuration changes.
struct ReloadRequestsTests {
    /// What comes during one change is one request, and what was taken does not come again.
    @Test func whatWasAskedForIsTakenOnce() async {
        let requests = ReloadRequests()
        var wakes = requests.stream.makeAsyncIterator()
        requests.follow(ContainerLabels())
        requests.readFile()
        let isWoken = await wakes.next() != nil
        #expect(isWoken)
        let both = requests.take()
        #expect(both.readsFile && both.containers == ContainerLabels())
        let none = requests.take()
        #expect(!none.readsFile && none.containers == nil)
        requests.follow(ContainerLabels())
        let isWokenAgain = await wakes.next() != nil
        #expect(isWokenAgain)
        let one = requests.take()
        #expect(!one.readsFile && one.containers == ContainerLabels())
    }
}
