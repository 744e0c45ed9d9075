// ProcessorList: processors by number, written as "0-7:2,9": from 0 to 7 by 2, and 9.

package struct ProcessorList: Sendable, Equatable {
    package let numbers: [UInt32]

    /// More processors than any machine has.
    private static let numberMax: UInt32 = 1 << 16

    /// Nil if the text is no such list, or an empty one.
    package init?(_ text: some StringProtocol) {
        var numbers: [UInt32] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = UInt32(ends[0]), let last = UInt32(ends[ends.count - 1]), first <= last,
                let step = halves.count == 1 ? 1 : UInt32(halves[1]), step > 0, last <= Self.numberMax
            else { return nil }
            numbers += stride(from: first, through: last, by: Int(step))
        }
        if numbers.isEmpty { return nil }
        self.numbers = numbers
    }
}
