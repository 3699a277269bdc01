import KeepAlivePlatform
import Synchronization

/// A histogram of response times in a fixed amount of memory, recorded from any thread without locks.
///
/// Log-linear: each power of two has 32 equal buckets, so the middle of a bucket is within 1.6 % of every time in it.
/// The range is 1 µs to 2⁴⁶ ns (19 hours). Longer times count as 2⁴⁶ ns; below 1 µs the buckets are 32 ns wide.
struct LatencyHistogram: ~Copyable, Sendable {
    private static let subBuckets = 32
    /// The narrowest bucket, 2⁵ ns: the 32nd begins just below 1 µs, where the relative error has fallen to 1.6 %.
    private static let unitBits: UInt64 = 5
    private static let largestExponent = 41
    static let bucketCount = (largestExponent - 5 + 1) * subBuckets

    /// 64 bits: a busy bot would exhaust 32 in weeks.
    let buckets = CellArray(count: bucketCount) { Atomic<UInt64>(0) }
    private let largest = Atomic<UInt64>(0)

    /// Counts one response time; a negative one counts as zero.
    @inline(__always)
    func record(nanoseconds: Int64) {
        let nanoseconds = UInt64(max(0, nanoseconds))
        buckets[Self.bucket(of: nanoseconds)].wrappingAdd(1, ordering: .relaxed)
        if nanoseconds > largest.load(ordering: .relaxed) { largest.max(nanoseconds, ordering: .relaxed) }
    }

    func add(to counts: inout Counts) {
        for index in 0..<Self.bucketCount {
            counts.buckets[index] &+= buckets[index].load(ordering: .relaxed)
        }
        counts.largest = max(counts.largest, largest.load(ordering: .relaxed))
    }

    /// The bucket for a time; always within `0..<bucketCount`.
    static func bucket(of nanoseconds: UInt64) -> Int {
        let value = min(nanoseconds >> unitBits, (1 << UInt64(largestExponent)) - 1)
        if value < UInt64(subBuckets) { return Int(value) }
        let exponent = 63 - value.leadingZeroBitCount
        // The five bits after the leading bit number the bucket within its power of two.
        return (exponent - 4) * subBuckets + Int(truncatingIfNeeded: (value >> UInt64(exponent - 5)) & 31)
    }

    /// The middle of a bucket, in nanoseconds.
    static func middle(of bucket: Int) -> Double {
        let unit = Double(UInt64(1) << unitBits)
        if bucket < subBuckets { return (Double(bucket) + 0.5) * unit }
        let exponent = bucket / subBuckets + 4
        let width = Double(UInt64(1) << UInt64(exponent - 5))
        return (Double(UInt64(1) << UInt64(exponent)) + (Double(bucket % subBuckets) + 0.5) * width) * unit
    }

    /// Counts read from one or many histograms.
    struct Counts: Sendable {
        var buckets = [UInt64](repeating: 0, count: LatencyHistogram.bucketCount)
        /// Nanoseconds.
        var largest: UInt64 = 0

        /// The quantile at a share (0 to 1) of the responses, in milliseconds; nil without responses.
        func milliseconds(at share: Double) -> Double? {
            let total = buckets.reduce(0, &+)
            guard total > 0 else { return nil }
            let rank = max(1, UInt64((Double(total) * min(max(share, 0), 1)).rounded(.up)))
            var seen: UInt64 = 0
            for (index, count) in buckets.enumerated() where count > 0 {
                seen &+= count
                // The largest time is known exactly, and no quantile exceeds it.
                if seen >= rank { return min(LatencyHistogram.middle(of: index), Double(largest)) / 1_000_000 }
            }
            return nil
        }

        /// p50, p95, p99 and the maximum; nil when nothing was recorded.
        var summary: ResponseTimes? {
            guard let p50 = milliseconds(at: 0.5), let p95 = milliseconds(at: 0.95), let p99 = milliseconds(at: 0.99)
            else { return nil }
            return ResponseTimes(p50: p50, p95: p95, p99: p99, max: Double(largest) / 1_000_000)
        }
    }
}

/// How long updates took, in milliseconds; each quantile is within 2 % of the exact value.
public struct ResponseTimes: Equatable, Sendable {
    /// The median.
    public let p50: Double
    /// The 95th percentile.
    public let p95: Double
    /// The 99th percentile.
    public let p99: Double
    /// The slowest update, exactly.
    public let max: Double

    /// Makes a summary from its four figures, in milliseconds.
    package init(p50: Double, p95: Double, p99: Double, max: Double) {
        self.p50 = p50
        self.p95 = p95
        self.p99 = p99
        self.max = max
    }
}
