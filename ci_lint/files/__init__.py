"""Which files are checked, and what stands in them."""

from ci_lint.files.finding import Found as Found
from ci_lint.files.finding import find_files as find_files
from ci_lint.files.text import Position as Position
from ci_lint.files.text import SourceText as SourceText
from ci_lint.files.writing import write_atomically as write_atomically
