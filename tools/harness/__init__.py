"""What the Python tools share: a protocol reader that keeps bytes, servers that never outlive a run, and load."""
