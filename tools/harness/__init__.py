"""What the Python side of the tests shares: a protocol reader that keeps bytes, and servers that never outlive a run."""
