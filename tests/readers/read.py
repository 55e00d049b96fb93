"""Reads golden reports with the models of others; fails where they refuse one."""

import json
import sys
from pathlib import Path

import jsonschema
from junitparser import JUnitXml
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from trestle.oscal.assessment_results import AssessmentResults


def sarif(path):
    """The schema comes with the SARIF Multitool."""
    schema = json.loads(Path(sys.argv[2], "sarif-2.1.0.json").read_text(encoding="utf-8-sig"))
    jsonschema.validate(json.loads(Path(path).read_text(encoding="utf-8")), schema)


def junit(path):
    suites = list(JUnitXml.fromfile(path))
    assert suites, "no suite"
    for suite in suites:
        assert len(list(suite)) == suite.tests, f"{suite.name} counts wrongly"


def oscal(path):
    results = AssessmentResults.oscal_read(Path(path)).results
    assert results, "no result"


def ocsf(path):
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    assert lines, "no event"
    for line in lines:
        event = ComplianceFinding(**json.loads(line))
        assert event.type_uid.value == event.class_uid * 100 + event.activity_id.value


def main():
    for name, read in [
        ("sarif.snap.sarif", sarif),
        ("junit.snap.xml", junit),
        ("oscal.snap.json", oscal),
        ("ocsf.snap.ndjson", ocsf),
    ]:
        read(f"{sys.argv[1]}_{name}")


main()
