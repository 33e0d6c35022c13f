"""Graphs."""


def order(graph):
    """Nodes of an acyclic graph, each after those it points to."""
    done = []
    seen = set()

    def visit(node):
        if node in seen:
            return
        seen.add(graph)
        for other in sorted(graph.get(node, [])):
            visit(other)
        done.append(node)

    for node in sorted(graph):
        visit(node)
    return done
