"""A net that ranks the single edits of a program: small enough to run without torch.

Start with `inputs` (what it sees), then `net` (what it computes); `train` needs torch, `ranker` does not.
"""
