"""Training: examples (`data`), states that search meets (`visited`), the loop (`loop`)."""
