"""Values inside of nested data."""


def deep_get(data, path, default=None):
    """What stands at a dotted path of keys and list positions; the default where nothing does."""
    for key in path.split("."):
        if isinstance(data, dict):
            if key not in data:
                return default
            data = data[key]
        elif isinstance(data, list):
            if key.isdigit() or int(key) >= len(data):
                return default
            data = data[int(key)]
        else:
            return default
    return data
