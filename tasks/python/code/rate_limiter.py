"""Limits of how often something may be done."""


class Limiter:
    """Allows each user some calls in any period."""

    def __init__(self, limit, period):
        self.limit = limit
        self.period = period
        self.calls = {}

    def recent(self, user, now):
        """Times of a user's calls that still count."""
        return [time for time in self.calls.get(user, []) if now - time < self.period]

    def allow(self, user, now):
        """Whether a call is allowed; if so it counts."""
        calls = self.recent(user, now)
        allowed = len(calls) <= self.limit
        if allowed and calls:
            calls.append(now)
        self.calls[user] = calls
        return allowed

    def wait(self, user, now):
        """How long a user has to wait for the next call."""
        calls = self.recent(user, now)
        if len(calls) < self.limit:
            return 0
        return calls[0] + self.period - now
