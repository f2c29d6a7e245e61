"""All rules, by code."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from ci_lint.rules import (
    ci001_empty_id,
    ci002_empty_dependencies,
    ci003_duplicate_dependency,
    ci004_unawaited_coroutine,
    ci005_unknown_dependency,
    ci006_duplicate_node_id,
    ci007_self_dependency,
    ci008_dependency_cycle,
    ci009_discarded_result,
    ci010_cross_dag_dependency,
    ci011_constant_id_in_loop,
    ci012_collection_as_dependency,
    ci013_none_dependency,
    ci014_invalid_id,
    ci015_await_on_sync,
    ci016_stage_without_runner,
    ci017_unassigned_check,
    ci018_empty_stage,
    ci019_mutation_after_build,
    ci020_nondeterministic_id,
    ci021_deprecated_api,
    ci022_blocking_call_in_async,
    ci023_redundant_dependency,
    ci024_unreachable_node,
    ci025_may_be_empty_id,
    ci026_empty_dag,
    ci027_stage_instead_of_check,
)

RULES: Final = MappingProxyType(
    {
        rule.code: rule
        for rule in (
            ci001_empty_id.RULE,
            ci002_empty_dependencies.RULE,
            ci003_duplicate_dependency.RULE,
            ci004_unawaited_coroutine.RULE,
            ci005_unknown_dependency.RULE,
            ci006_duplicate_node_id.RULE,
            ci007_self_dependency.RULE,
            ci008_dependency_cycle.RULE,
            ci009_discarded_result.RULE,
            ci010_cross_dag_dependency.RULE,
            ci011_constant_id_in_loop.RULE,
            ci012_collection_as_dependency.RULE,
            ci013_none_dependency.RULE,
            ci014_invalid_id.RULE,
            ci015_await_on_sync.RULE,
            ci016_stage_without_runner.RULE,
            ci017_unassigned_check.RULE,
            ci018_empty_stage.RULE,
            ci019_mutation_after_build.RULE,
            ci020_nondeterministic_id.RULE,
            ci021_deprecated_api.RULE,
            ci022_blocking_call_in_async.RULE,
            ci023_redundant_dependency.RULE,
            ci024_unreachable_node.RULE,
            ci025_may_be_empty_id.RULE,
            ci026_empty_dag.RULE,
            ci027_stage_instead_of_check.RULE,
        )
    }
)
"""Every rule by its code, in order."""
