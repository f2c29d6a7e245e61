"""Runners: the SDK to write one, and the shell runner."""

from ci.runner.context import StageContext as StageContext
from ci.runner.handlers import Handler as Handler
from ci.runner.handlers import HandlerResult as HandlerResult
from ci.runner.receipt import Receipt as Receipt
from ci.runner.runner import Runner as Runner
from ci.runner.shell import ShellRunner as ShellRunner
