"""What a stranger needs before using or publishing this: licence, version, permissions, where to report."""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cloudformation import RESOURCES, TEMPLATE
from permissions import ROLES

ROOT = Path(__file__).parents[2]
APPLICATION: Mapping[str, Any] = TEMPLATE["Metadata"]["AWS::ServerlessRepo::Application"]
PROJECT: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Of https://www.apache.org/licenses/LICENSE-2.0.txt, to the byte.
APACHE_2_0 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
DOCUMENTS = (
    "README.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "docs/security.md",
    "docs/senders.md",
    "docs/operations.md",
    "docs/metrics.md",
)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def newest(changelog: str) -> str:
    """Return the newest version that a changelog names, "" if nothing was released yet."""
    found = re.search(r"^## \[(\d+\.\d+\.\d+)\]", changelog, re.MULTILINE)
    return found[1] if found else ""


def test_the_licence_is_apache_2_0_and_nothing_was_changed_in_it() -> None:
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == APACHE_2_0
    assert APPLICATION["SpdxLicenseId"] == PROJECT["license"] == "Apache-2.0"


def test_there_is_one_version() -> None:
    assert APPLICATION["SemanticVersion"] == PROJECT["version"]
    assert newest(text("CHANGELOG.md")) in {"", PROJECT["version"]}
    supported = re.findall(r"^\| (\d+\.\d+) \| yes \|$", text("SECURITY.md"), re.MULTILINE)
    assert supported == [PROJECT["version"].rpartition(".")[0]]


def test_the_newest_version_of_a_changelog_is_the_first_that_is_named() -> None:
    assert newest("## [Unreleased]\n\n## [0.2.0] - 2026-12-01\n\n## [0.1.0] - 2026-11-01\n") == "0.2.0"
    assert newest("## [Unreleased]\n") == ""


def test_the_application_is_described_as_aws_wants_it() -> None:
    # serverless-application-model/latest/developerguide, "AWS SAM template Metadata section properties".
    assert re.fullmatch(r"[a-zA-Z0-9-]{1,140}", APPLICATION["Name"])
    assert APPLICATION["Name"] == PROJECT["name"]
    assert re.fullmatch(r"[a-z0-9](([a-z0-9]|-(?!-))*[a-z0-9])?", APPLICATION["Author"])
    assert len(APPLICATION["Author"]) <= 127
    assert 1 <= len(APPLICATION["Description"]) <= 256
    assert 1 <= len(APPLICATION["Labels"]) <= 10
    assert all(re.fullmatch(r"[a-zA-Z0-9+\-_:/@]{1,127}", label) for label in APPLICATION["Labels"])
    for name in ("LicenseUrl", "ReadmeUrl"):
        assert (ROOT / APPLICATION[name]).is_file()


def rows(role: str) -> Iterator[tuple[str, ...]]:
    """Yield the statements of a role as the documentation's table has them."""
    (policy,) = RESOURCES[role]["Properties"]["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]:
        actions = ", ".join(f"`{action}`" for action in listed(statement["Action"]))
        resources = ", ".join(f"`{name_of(each)}`" for each in listed(statement["Resource"]))
        keys = [
            key for each in statement.get("Condition", {}).values() for key in each["dynamodb:LeadingKeys"]
        ]
        yield role, statement["Sid"], actions, resources, ", ".join(f"items `{key}`" for key in keys)


def name_of(resource: Mapping[str, Any]) -> str:
    if "Fn::GetAtt" in resource:
        return str(resource["Fn::GetAtt"][0])
    attribute = re.fullmatch(r"\$\{(\w+)\.Arn\}", resource["Fn::Sub"])
    if attribute:
        return attribute[1]
    return str(resource["Fn::Sub"]).partition(":parameter")[2].replace("${AWS::StackName}", "{stack}")


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_the_table_of_permissions_is_what_the_template_says() -> None:
    lines = re.findall(
        r"^\| (\w+Role) \| (.+?) \| (.+?) \| (.+?) \| (.*?) ?\|$", text("docs/security.md"), re.MULTILINE
    )

    assert lines == [row for role in ROLES.values() for row in rows(role)]


def test_what_is_said_of_storage_is_what_the_template_sets() -> None:
    document = text("docs/security.md")

    assert (
        f"`LogRetentionDays`, {TEMPLATE['Parameters']['LogRetentionDays']['Default']} if not given"
        in document
    )
    stores = {
        name
        for name, spec in RESOURCES.items()
        if spec["Type"] in {"AWS::SQS::Queue", "AWS::DynamoDB::Table"}
    }
    assert stores == {"EventsQueue", "RejectsQueue", "ProfileTable", "BucketTable"}
    for name in ("events queue", "rejects queue", "profile table", "bucket table"):
        assert re.search(rf"^\| {name} \|", document, re.MULTILINE)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_link_to_another_document_leads_somewhere(name: str) -> None:
    for address in re.findall(r"\]\(([^)\s]+)\)", text(name)):
        path, _, anchor = address.partition("#")
        if re.match(r"https?:", address):
            continue
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), address
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), address


def anchors(document: str) -> set[str]:
    """Return the names by which GitHub knows the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", document, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_nobody_is_given_an_address_to_write_to_that_does_not_exist() -> None:
    for name in ("SECURITY.md", "CONTRIBUTING.md", "docs/security.md"):
        assert not re.search(r"[\w.]+@[\w.]+\.\w+", text(name))
    assert "private vulnerability reporting" in text("SECURITY.md")
