import BenchmarkReport
import Testing
