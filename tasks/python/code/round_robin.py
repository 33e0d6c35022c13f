"""Jobs that take turns."""

from collections import deque


def ends(jobs, quantum):
    """When each job ends if jobs, pairs of a name and a length, take turns of at most a quantum."""
    queue = deque(jobs)
    clock = 0
    ended = {}
    while queue:
        name, left = queue.popleft()
        turn = min(quantum, left)
        clock += quantum
        if left > turn:
            queue.appendleft((name, left - turn))
        else:
            ended[name] = clock
    return ended


def mean_wait(jobs, quantum):
    """How long a job waits in the mean while others run."""
    ended = ends(jobs, quantum)
    waits = [ended[name] - length for name, length in jobs]
    return sum(waits) / len(waits)
