"""A cache of limited size."""


class Cache:
    """Keeps the entries used last; the one not used for longest makes room for a new one."""

    def __init__(self, size):
        if size < 1:
            raise ValueError("a cache holds at least one entry")
        self.size = size
        self.entries = {}
        self.misses = 0

    def get(self, key, default=None):
        """The value of a key, which counts as a use."""
        if key not in self.entries:
            self.misses += 1
            return default
        value = self.entries.pop(key)
        self.entries[key] = value
        return value

    def put(self, key, value):
        """Set the value of a key."""
        if len(self.entries) >= self.size:
            oldest = next(iter(self.entries))
            del self.entries[oldest]
        self.entries[key] = value

    def keys(self):
        """Keys, the one not used for longest first."""
        return list(self.entries)
