import Testing

@testable import KeepAliveHealthCheck

struct KeyReaderTests {
    static let keys: [(String, [Key])] = [
        ("q", [.character("q")]), ("jk", [.character("j"), .character("k")]), ("\u{1B}[A", [.up]),
        ("\u{1B}[B", [.down]), ("\u{1B}OA", [.up]), ("\u{1B}OB", [.down]), ("\u{1B}[H", [.home]), ("\u{1B}[F", [.end]),
        ("\u{1B}[1~", [.home]), ("\u{1B}[4~", [.end]), ("\u{1B}[5~", [.pageUp]), ("\u{1B}[6~", [.pageDown]),
        ("\u{1B}[3~", [.other]), ("\u{1B}[1;5A", [.other]), ("\u{1B}[15~q", [.other, .character("q")]),
        ("\r", [.enter]), ("\n", [.enter]), ("\u{10}\u{E}", [.up, .down]), ("é", [.other]),
        ("漢q", [.other, .character("q")]), ("👍q", [.other, .character("q")]), ("\u{1B}x", [.other]),
        ("\u{1B}\u{1B}[A", [.escape, .up]), ("\u{1B}[\u{1B}[A", [.up]), ("\u{0}", [.other]),
        ("\u{1B}[200~ry\u{1B}[A\u{1B}[201~q", [.character("q")]), ("\u{1B}[200~r\u{1B}y", []),
        ("\u{1B}[99999999999999999999Aq", [.other, .character("q")]), ("\u{1B}[?1;2cq", [.other, .character("q")]),
        ("\u{1B}[\u{7}q", [.character("q")]), ("\u{7F}\u{8}", [.backspace, .backspace]),
        ("\u{1B}[<0;5;4Mq", [.click(3), .character("q")]), ("\u{1B}[<0;5;4m", []), ("\u{1B}[<2;5;4M", []),
        ("\u{1B}[<64;1;1M\u{1B}[<65;1;1M", [.wheelUp, .wheelDown]), ("\u{1B}[<0;5M\u{1B}[<;;M\u{1B}[<M", []),
        ("\u{1B}[<0;1;99999999999999999999Mq", [.character("q")]), ("\u{1B}[<0;5000;5000M", [.click(4999)]),
        ("\u{1B}[<0;1;10000M", [.click(9999)]),
    ]

    @Test(arguments: keys)
    func whole(text: String, expected: [Key]) {
        var reader = KeyReader()
        #expect(reader.read(text.utf8) == expected)
    }

    /// However the sequence is split.
    @Test(arguments: keys)
    func byteByByte(text: String, expected: [Key]) {
        var reader = KeyReader()
        #expect(text.utf8.flatMap { reader.read([$0]) } == expected)
    }

    @Test func anEscapeAloneIsAKeyAfterAPause() {
        var reader = KeyReader()
        #expect(reader.read([0x1B]).isEmpty)
        #expect(reader.isWaiting)
        #expect(reader.pause() == .escape)
        #expect(!reader.isWaiting)
        #expect(reader.pause() == nil)
        #expect(reader.read("[A".utf8) == [.character("["), .character("A")])
    }

    /// It comes in pieces, and holds any byte.
    @Test func anEscapeWithinAPasteIsNoKey() {
        var reader = KeyReader()
        #expect(reader.read("\u{1B}[200~r\u{1B}".utf8).isEmpty)
        #expect(reader.pause() == nil)
        #expect(reader.read("y\u{1B}[201~q".utf8) == [.character("q")])
    }

    @Test func brokenCharactersDoNotSwallowKeys() {
        var reader = KeyReader()
        #expect(reader.read([0xE6, UInt8(ascii: "q")]) == [.character("q")])
        #expect(reader.read([0x80, 0xFF, UInt8(ascii: "q")]) == [.other, .other, .character("q")])
    }
}
