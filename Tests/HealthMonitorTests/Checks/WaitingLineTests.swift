import Testing

@testable import KeepAliveHealthMonitor

struct WaitingLineTests {
    @Test(arguments: [1, 2, 3, 100]) func whoeverCameFirstIsFirst(waiting: Int) {
        var line = WaitingLine<Int>()
        for number in 0..<waiting { line.add(number) }
        for number in waiting..<1000 {
            line.add(number)
            let first = line.takeFirst()
            #expect(first == number - waiting)
            // A fleet with more checks than slots may never see the end of its line.
            #expect(line.length <= 2 * waiting + 1)
        }
        for number in 1000 - waiting..<1000 {
            let first = line.takeFirst()
            #expect(first == number)
        }
        let none = line.takeFirst()
        #expect(none == nil)
        #expect(line.length == 0)
    }
}
