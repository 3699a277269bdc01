import Testing

@testable import KeepAliveKit

struct PageWordingTests {
    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (UInt64.max, "18,446,744,073,709,551,615"),
    ])
    func counts(value: UInt64, text: String) {
        #expect(PageWording.count(value) == text)
    }

    @Test(arguments: [
        (0, "0 ms"), (0.44, "0.4 ms"), (9.94, "9.9 ms"), (9.97, "10 ms"), (999.4, "999 ms"), (999.5, "1 s"),
        (999.6, "1 s"),
        (1340, "1.3 s"), (-1, "–"), (.nan, "–"), (.infinity, "–"), (1e300, "–"),
    ])
    func milliseconds(value: Double, text: String) {
        #expect(PageWording.milliseconds(value) == text)
    }

    @Test(arguments: [
        (0, "0 %"), (0.0001, "under 0.1 %"), (0.0005, "0.1 %"), (0.002, "0.2 %"), (0.5, "50 %"), (1, "100 %"),
        (2, "200 %"),
        (.infinity, "0 %"), (.nan, "0 %"), (1e300, "100000000 %"),
    ])
    func shares(value: Double, text: String) {
        #expect(PageWording.percent(value) == text)
    }

    @Test func whatNeverWas() {
        #expect(PageWording.ago(nil, never: "none yet") == "none yet")
        #expect(PageWording.ago(.seconds(61), never: "none yet") == "1 min 1 s ago")
    }
}
