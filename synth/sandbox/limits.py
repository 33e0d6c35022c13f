"""What a process gives up before it runs foreign code: rlimits, Landlock and seccomp by ctypes.

What each layer stops (tried by `tests/test_sandbox.py`):

    rlimits    memory, CPU seconds, size of files, open files; raising its own limits
    Landlock   writing, creating, deleting outside of the scratch folder; TCP; signals to processes outside
    seccomp    sockets of every kind, signals to anyone, exec, new processes, chmod, mounts;
               where Landlock is missing also every opening for writing

Not stopped by any: reading what the user can read, starting threads, using up its CPU seconds.
seccomp is built for x86-64 Linux; elsewhere `Layers.missing` says what that leaves open.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import sys
from typing import NamedTuple

_EPERM, _ENOSYS = 1, 38
_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER = 38, 22, 2
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_WRITE_FILE, _TRUNCATE, _REFER = 1 << 1, 1 << 14, 1 << 13
_CHANGES = _WRITE_FILE | sum(1 << bit for bit in range(4, 13))  # write, remove and make all kinds of files

# x86-64 numbers of calls that are refused to every candidate
_REFUSED = {
    "socket": 41, "connect": 42, "accept": 43, "bind": 49, "listen": 50, "accept4": 288,
    "fork": 57, "vfork": 58, "execve": 59, "execveat": 322, "ptrace": 101,
    "kill": 62, "tkill": 200, "tgkill": 234, "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "pidfd_send_signal": 424,
    "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260, "fchmodat": 268,
    "fchmodat2": 452, "utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280,
    "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190, "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199,
    "shmget": 29, "semget": 64, "msgget": 68, "mq_open": 240,
    "setrlimit": 160, "chroot": 161, "mount": 165, "umount2": 166, "pivot_root": 155, "unshare": 272, "setns": 308,
    "setuid": 105, "setgid": 106, "setreuid": 113, "setregid": 114, "setresuid": 117, "setresgid": 119,
    "process_vm_readv": 310, "process_vm_writev": 311, "io_uring_setup": 425, "bpf": 321, "perf_event_open": 298,
    "userfaultfd": 323, "keyctl": 250, "add_key": 248, "request_key": 249, "init_module": 175, "finit_module": 313,
    "kexec_load": 246, "reboot": 169, "swapon": 167, "settimeofday": 164, "clock_settime": 227,
    "sethostname": 170, "setdomainname": 171, "iopl": 172, "ioperm": 173, "open_by_handle_at": 304,
    "setpriority": 141, "sched_setscheduler": 144, "sched_setaffinity": 203, "kcmp": 312, "acct": 163,
}  # fmt: skip
# refused as well where Landlock does not look after files
_FILES = {
    "rename": 82, "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86, "unlink": 87, "symlink": 88, "mknod": 133,
    "mkdirat": 258, "mknodat": 259, "unlinkat": 263, "renameat": 264, "linkat": 265, "symlinkat": 266,
    "renameat2": 316, "truncate": 76,
}  # fmt: skip
_CLONE, _CLONE3, _OPEN, _OPENAT, _OPENAT2, _PRLIMIT = 56, 435, 2, 257, 437, 302
_CLONE_THREAD = 0x10000
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_LOAD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_X86_64 = 0xC000003E


class Layers(NamedTuple):
    """Which layers of isolation this kernel gives; `landlock` is its ABI version, 0 for none."""

    landlock: int
    seccomp: bool

    @property
    def missing(self) -> list[str]:
        """What a candidate could do here that it should not, in words; empty where all layers hold."""
        found = []
        if not self.seccomp:
            found.append("without seccomp (x86-64 Linux) it can open UDP sockets, start programs and fork")
        if not self.landlock and not self.seccomp:
            found.append("without Landlock (Linux 5.13) it can write and delete your files and use the network")
        return found

    @property
    def scratch(self) -> bool:
        """Whether tests may write to the scratch folder; without Landlock nothing can be written."""
        return self.landlock > 0


class _Ruleset(ctypes.Structure):
    _fields_ = [("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("access", ctypes.c_uint64), ("parent", ctypes.c_int32)]


class _Instruction(ctypes.Structure):
    _fields_ = [
        ("code", ctypes.c_uint16),
        ("jt", ctypes.c_uint8),
        ("jf", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    ]


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction))]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def probe() -> Layers:
    """Which layers this kernel gives, without applying any."""
    if not sys.platform.startswith("linux"):
        return Layers(0, False)
    version = _libc().syscall(_LANDLOCK_CREATE, None, 0, 1)
    return Layers(max(0, version), _seccomp_possible())


def _seccomp_possible() -> bool:
    if platform.machine() != "x86_64" or sys.maxsize < 2**32:
        return False
    # a filter that is no address gives EFAULT where filters exist, EINVAL where they do not
    libc = _libc()
    return libc.prctl(_SET_SECCOMP, _FILTER, None, 0, 0) != 0 and ctypes.get_errno() == 14


def limit(memory: int, file_size: int) -> None:
    """Lower the limits of this process and all it forks: bytes of memory and of a file, no core dumps."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def _no_new_privileges(libc: ctypes.CDLL) -> None:
    if libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs was refused")


def landlock(version: int, scratch: str) -> None:
    """Let this process and all it forks write below `scratch` and to /dev/null only, and use no TCP.

    Raises `OSError` when the kernel refuses.
    """
    libc = _libc()
    _no_new_privileges(libc)
    handled = _CHANGES | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    attributes = _Ruleset(handled, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = libc.syscall(_LANDLOCK_CREATE, ctypes.byref(attributes), size, 0)
    if rules < 0:
        raise OSError(ctypes.get_errno(), "Landlock gave no ruleset")
    for path, access in ((scratch, handled), ("/dev/null", handled & (_WRITE_FILE | _TRUNCATE))):
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
        rule = _Beneath(access, parent)
        if libc.syscall(_LANDLOCK_ADD, rules, 1, ctypes.byref(rule), 0) != 0:
            raise OSError(ctypes.get_errno(), f"Landlock refused the rule for {path}")
        os.close(parent)
    if libc.syscall(_LANDLOCK_RESTRICT, rules, 0) != 0:
        raise OSError(ctypes.get_errno(), "Landlock was refused")
    os.close(rules)


def seccomp(guard_files: bool) -> None:
    """Refuse this process sockets, signals, exec and new processes; with `guard_files` all writing too.

    Raises `OSError` when the kernel refuses.
    """
    libc = _libc()
    _no_new_privileges(libc)
    code = _filter(guard_files)
    program = _Program(len(code), (_Instruction * len(code))(*code))
    if libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp was refused")


def _filter(guard_files: bool) -> list[_Instruction]:
    """The filter: look at architecture and number, then at the flags of a few calls."""
    refuse, absent = (_RET, 0, 0, _ERRNO | _EPERM), (_RET, 0, 0, _ERRNO | _ENOSYS)
    allow = (_RET, 0, 0, _ALLOW)
    code = [(_LOAD, 0, 0, 4), (_JEQ, 1, 0, _X86_64), refuse, (_LOAD, 0, 0, 0), (_JGE, 0, 1, 0x40000000), refuse]
    numbers = [*_REFUSED.values(), *(_FILES.values() if guard_files else ())]
    for number in numbers:
        code += [(_JEQ, 0, 1, number), refuse]
    # glibc starts threads by clone where clone3 does not exist; the flags of clone3 cannot be read here
    code += [(_JEQ, 0, 1, _CLONE3), absent, (_JEQ, 0, 1, _OPENAT2), absent]
    code += [(_JEQ, 0, 4, _CLONE), (_LOAD, 0, 0, 16), (_JSET, 1, 0, _CLONE_THREAD), refuse, allow]
    # prlimit64 may ask for limits, not set any
    code += [(_JEQ, 0, 6, _PRLIMIT), (_LOAD, 0, 0, 32), (_JEQ, 0, 2, 0), (_LOAD, 0, 0, 36), (_JEQ, 1, 0, 0), refuse]
    code += [allow]
    if guard_files:
        for number, argument in ((_OPEN, 24), (_OPENAT, 32)):
            code += [(_JEQ, 0, 4, number), (_LOAD, 0, 0, argument), (_JSET, 0, 1, _WRITING), refuse, allow]
    code += [allow]
    return [_Instruction(*row) for row in code]
