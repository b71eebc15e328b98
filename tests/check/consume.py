#!/usr/bin/env python3
"""consume.py DIRECTORY: reads what `loopstall check` wrote as its consumers do. JUnit (*.xml) against junit.xsd and
with junitparser, Markdown (*.md) as GitHub renders it, workflow commands (*.annotations) by GitHub's grammar.
Says what is wrong; exit code 1 if anything is."""
import pathlib
import re
import subprocess
import sys

import junitparser
from lxml import etree, html

HERE = pathlib.Path(__file__).resolve().parent
# "::error file=a.py,line=3,title=b::text": what the runner's command parser takes. % , : are escaped where they divide.
VALUE = r"(?:[^%,:\r\n]|%25|%0D|%0A|%3A|%2C)*"
ANNOTATION = re.compile(rf"::(error|warning|notice) (?:(?:file|line|col|title)={VALUE},?)+::(?:[^%\r\n]|%25|%0D|%0A)*")


def check_junit(path):
    schema = etree.XMLSchema(etree.parse(str(HERE / "junit.xsd")))
    schema.assertValid(etree.parse(str(path)))
    suites = junitparser.JUnitXml.fromfile(str(path))
    cases = [case for suite in suites for case in suite]
    results = [result for case in cases for result in case.result]
    suite = next(iter(suites))
    assert suite.tests == len(cases), f"{suite.tests} tests told, {len(cases)} there"
    for kind, told in ((junitparser.Failure, suite.failures), (junitparser.Error, suite.errors),
                       (junitparser.Skipped, suite.skipped)):
        found = sum(isinstance(result, kind) for result in results)
        assert told == found, f"{told} {kind.__name__} told, {found} there"


def check_markdown(path):
    page = subprocess.run(["cmark-gfm", "-e", "table", "--unsafe", str(path)], check=True, capture_output=True).stdout
    tree = html.document_fromstring(b"<body>" + page + b"</body>")
    for table in tree.iter("table"):
        width = len(table.findall("./thead/tr/th"))
        for row in table.findall("./tbody/tr"):
            assert len(row.findall("td")) == width == 5, f"a row of {len(row.findall('td'))} cells"
    known = {"html", "body", "h3", "h4", "p", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "code", "strong", "pre",
             "details", "summary", "blockquote"}
    strange = {element.tag for element in tree.iter() if isinstance(element.tag, str)} - known
    assert not strange, f"elements that nobody wrote: {strange}"
    text = path.read_text()
    assert text.count("|---|") == len(list(tree.iter("table"))), "a table that is none"
    assert text.count("<details>") == len(list(tree.iter("details"))), "details that are none"


def check_annotations(path):
    lines = path.read_text().splitlines()
    assert len(lines) <= 10, f"{len(lines)} annotations"
    for line in lines:
        assert ANNOTATION.fullmatch(line), f"no workflow command: {line!r}"


def main(directory):
    wrong, read = 0, 0
    for ending, check in ((".xml", check_junit), (".md", check_markdown), (".annotations", check_annotations)):
        for path in sorted(pathlib.Path(directory).glob("*" + ending)):
            read += 1
            try:
                check(path)
            except (AssertionError, etree.LxmlError, subprocess.SubprocessError) as error:
                wrong += 1
                print(f"{path.name}: {error}")
    print(f"{read} files read, {wrong} of them wrong")
    return 1 if wrong or not read else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
