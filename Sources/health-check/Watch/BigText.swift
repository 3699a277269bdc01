/// A word in letters of half blocks, three rows high, readable across a room. Pure.
enum BigText {
    /// Five dots high; each row shows two dots.
    private static let letters: [Character: [String]] = [
        "A": [".##.", "#..#", "####", "#..#", "#..#"], "B": ["###.", "#..#", "###.", "#..#", "###."],
        "C": [".###", "#...", "#...", "#...", ".###"], "D": ["###.", "#..#", "#..#", "#..#", "###."],
        "E": ["####", "#...", "###.", "#...", "####"], "G": [".###", "#...", "#.##", "#..#", ".###"],
        "H": ["#..#", "#..#", "####", "#..#", "#..#"], "I": ["#", "#", "#", "#", "#"],
        "L": ["#...", "#...", "#...", "#...", "####"], "N": ["#..#", "##.#", "#.##", "#..#", "#..#"],
        "O": [".##.", "#..#", "#..#", "#..#", ".##."], "R": ["###.", "#..#", "###.", "#.#.", "#..#"],
        "S": [".###", "#...", ".##.", "...#", "###."], "T": ["###", ".#.", ".#.", ".#.", ".#."],
        "U": ["#..#", "#..#", "#..#", "#..#", ".##."], "W": ["#...#", "#...#", "#.#.#", "##.##", "#...#"],
        "Y": ["#.#", "#.#", ".#.", ".#.", ".#."], " ": ["..", "..", "..", "..", ".."],
    ]

    /// Three rows of equal width; nil if a letter is missing here.
    static func rows(_ word: String) -> [String]? {
        var dots = [String](repeating: "", count: 6)
        for (index, character) in word.enumerated() {
            guard let letter = letters[character] else { return nil }
            for row in 0..<6 {
                if index > 0 { dots[row] += "." }
                dots[row] += row < letter.count ? letter[row] : String(repeating: ".", count: letter[0].count)
            }
        }
        return stride(from: 0, to: 6, by: 2).map { row in
            String(
                zip(dots[row], dots[row + 1]).map { upper, lower -> Character in
                    switch (upper == "#", lower == "#") {
                    case (true, true): "█"
                    case (true, false): "▀"
                    case (false, true): "▄"
                    case (false, false): " "
                    }
                })
        }
    }
}
