"""samconfig.toml knows what `sam build && sam deploy --guided` needs, and nothing private."""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CONFIG: dict[str, Any] = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))


def parameters(command: str) -> dict[str, Any]:
    found: dict[str, Any] = CONFIG["default"][command]["parameters"]
    return found


def test_the_file_is_of_the_version_that_sam_reads() -> None:
    assert CONFIG["version"] == 0.1


def test_a_build_is_cached_and_parallel() -> None:
    assert parameters("build") == {"cached": True, "parallel": True}


def test_a_deployment_is_shown_before_it_is_made_and_finds_a_bucket_by_itself() -> None:
    deploy = parameters("deploy")

    assert deploy["confirm_changeset"] is True
    assert deploy["resolve_s3"] is True
    assert parameters("global")["stack_name"] == "segment-hubspot-relay"


def test_a_deployment_may_make_roles_but_not_name_them() -> None:
    # CAPABILITY_NAMED_IAM would be needed for roles with names of their own, which the template has none of.
    assert parameters("deploy")["capabilities"] == "CAPABILITY_IAM"
    assert "RoleName" not in (ROOT / "template.yaml").read_text(encoding="utf-8")


def test_no_account_region_profile_bucket_or_portal_of_anyone_is_kept() -> None:
    private = {"profile", "region", "s3_bucket", "parameter_overrides", "role_arn", "image_repository"}

    assert [name for name, table in CONFIG["default"].items() if private & table["parameters"].keys()] == []


def test_validate_keeps_both_of_its_checks() -> None:
    # `lint = true` would replace SAM's own check, and each finds misspellings that the other does not.
    assert "lint" not in CONFIG["default"].get("validate", {}).get("parameters", {})
