"""Run a function of somebody's code in a child process that holds what it is given and can reach nothing else.

The child is forked from a clean process that never held an image, a secret or a descriptor of ours. It then gives up,
for good and by the kernel's word: every path but the libraries, what it is handed and one folder of its own
(Landlock); sockets, new processes, other processes' memory and signals to them (seccomp). Memory, time, threads and
disk are watched from outside. Neither needs privileges, so it works in a container too.

Where the kernel lacks them the child still runs apart, and says that nothing was enforced.
"""

from gda_bench.isolation.host import MODES, Answer, Isolation, IsolationError, Mode
from gda_bench.isolation.limits import Limits

__all__ = ["MODES", "Answer", "Isolation", "IsolationError", "Limits", "Mode"]
