// Settings: the directives that the data structures follow.

/// Set from the configuration; an engine that has none follows its defaults, which are Redis's.
package struct Settings: Sendable {
    /// zset-max-listpack-entries, zset-max-listpack-value.
    package var sortedSets = SortedSetLimits()
    /// proto-max-bulk-len: the longest string that APPEND and its kin may make.
    package var stringBytesMax = Limits.stringBytesMax
    package init() {}
}
