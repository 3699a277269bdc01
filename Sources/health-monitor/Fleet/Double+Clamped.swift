extension Double {
    /// The number, or the nearest end of the range; what is no number is its lower end.
    func clamped(to range: ClosedRange<Double>) -> Double {
        isNaN ? range.lowerBound : min(max(self, range.lowerBound), range.upperBound)
    }
}
