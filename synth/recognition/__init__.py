"""A net that reads a task's examples and says which productions the wanted program is likely to have."""
