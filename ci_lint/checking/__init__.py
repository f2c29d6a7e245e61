"""One run over some files: what is known from before is used, what comments hide is hidden."""

from ci_lint.checking.cache import Cache as Cache
from ci_lint.checking.cache import cache_directory as cache_directory
from ci_lint.checking.checker import Checker as Checker
