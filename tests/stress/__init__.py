"""Proof that the promises hold when processes die: crash loop, sweep over every write, guards taken out one by one."""
