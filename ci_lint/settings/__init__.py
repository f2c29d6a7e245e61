"""What is to be checked, and by which rules: pyproject.toml, overridden by the command line."""

from ci_lint.settings.choosing import Choice as Choice
from ci_lint.settings.loading import load as load
from ci_lint.settings.settings import PerFileIgnore as PerFileIgnore
from ci_lint.settings.settings import Settings as Settings
