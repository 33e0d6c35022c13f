"""A sandbox for candidate functions: an isolated worker that never holds torch, and its client.

`client.Sandbox` is what the rest of `synth` sees. It starts `worker` as a clean process, which
gives up its rights (`limits`), loads the user's file and collects the tests once (`suite`), and
forks a runner (`runner`). The runner binds one candidate after the other and runs the tests in
its own process under a step budget; after each it looks whether anything changed that the next
would see (`canary`). A candidate that leaves traces, crashes or hangs costs its runner, and the
next one is a fresh fork of the untouched worker.

The modules of the worker import the standard library only (and pytest for pytest files), and
nothing of `synth` outside this package. Start reading at `runner`.
"""
