"""What the `ci` package offers, as data: made from its annotations by `tests/lint/table`."""

from ci_lint.table.signature import Kind as Kind
from ci_lint.table.signature import Parameter as Parameter
from ci_lint.table.signature import Role as Role
from ci_lint.table.signature import Signature as Signature
from ci_lint.table.table import CIClass as CIClass
from ci_lint.table.table import Table as Table
from ci_lint.table.table import load_table as load_table
