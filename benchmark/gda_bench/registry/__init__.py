"""Names to components: lazily, by one resolver."""

from gda_bench.registry.catalog import BUILTIN, GROUPS, KINDS, Entry, Kind
from gda_bench.registry.describe import code_of, is_foreign, kind_of, libraries_of, unsupported
from gda_bench.registry.load import load_target
from gda_bench.registry.resolve import Listed, expand_group, find, listed, resolve
from gda_bench.registry.spec import ComponentSpec, bind, split_spec

__all__ = [
    "BUILTIN",
    "GROUPS",
    "KINDS",
    "ComponentSpec",
    "Entry",
    "Kind",
    "Listed",
    "bind",
    "code_of",
    "expand_group",
    "find",
    "is_foreign",
    "kind_of",
    "libraries_of",
    "listed",
    "load_target",
    "resolve",
    "split_spec",
    "unsupported",
]
