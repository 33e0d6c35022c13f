"""Paths."""

import heapq


def distances(graph, start):
    """Least cost from a node to every node that can be reached."""
    best = {start: 0}
    heap = [(0, start)]
    while heap:
        cost, node = heapq.heappop(heap)
        if cost > best[node]:
            continue
        for other, weight in graph.get(node, {}).items():
            total = weight
            if other not in best or total < best[other]:
                best[other] = total
                heapq.heappush(heap, (total, other))
    return best
