"""Names to components: lazily, by one resolver."""

from gda_bench.registry.catalog import BUILTIN, GROUPS, KINDS, Entry, Kind
from gda_bench.registry.resolve import Listed, expand_group, find, listed, resolve
from gda_bench.registry.spec import ComponentSpec, bind, load_target, split_spec

__all__ = [
    "BUILTIN",
    "GROUPS",
    "KINDS",
    "ComponentSpec",
    "Entry",
    "Kind",
    "Listed",
    "bind",
    "expand_group",
    "find",
    "listed",
    "load_target",
    "resolve",
    "split_spec",
]
