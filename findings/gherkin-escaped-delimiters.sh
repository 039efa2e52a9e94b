#!/usr/bin/env bash
# Official parsers of Gherkin read the same text differently: of two escaped delimiters on a line of a text block, the one in
# JavaScript replaces the first only, the one in Python both; and a character beyond U+FFFF before a cell counts twice for its
# column in JavaScript, once in Python. So the same feature sends different bytes, and is marked at different places.
#
# Seen with @cucumber/gherkin 42.0.1 (npm) and gherkin-official 42.0.1 (PyPI). Needs node, npm and Python 3 with venv; installs both
# into a temporary folder. Ends with 0 while it is so, and with 1 once one of them reads otherwise.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --no-package-lock --prefix . @cucumber/gherkin@42.0.1 @cucumber/messages@34.2.1
python3 -m venv venv
venv/bin/pip install --quiet gherkin-official==42.0.1

cat > delimiters.feature <<'FEATURE'
Feature: Escaped delimiters
  Scenario: Two on a line
    Given a message:
      """
      \"\"\" and \"\"\"
      """
      | 😀 | smile |
FEATURE

cat > read.mjs <<'SCRIPT'
import { readFileSync } from 'node:fs'
import { generateMessages } from '@cucumber/gherkin'
const options = { includeGherkinDocument: true, newId: () => 'id' }
const text = readFileSync('delimiters.feature', 'utf8')
const [{ gherkinDocument }] = generateMessages(text, 'f', 'text/x.cucumber.gherkin+plain', options)
const [step] = gherkinDocument.feature.children[0].scenario.steps
console.log(step.docString.content, step.dataTable.rows[0].cells[1].location.column)
SCRIPT

cat > read.py <<'SCRIPT'
from gherkin.parser import Parser
text = open('delimiters.feature', encoding='utf-8').read()
step = Parser().parse(text)['feature']['children'][0]['scenario']['steps'][0]
print(step['docString']['content'], step['dataTable']['rows'][0]['cells'][1]['location']['column'])
SCRIPT

javascript=$(node read.mjs)
python=$(venv/bin/python read.py)
echo "content, and column of the second cell"
echo "  @cucumber/gherkin 42.0.1:  $javascript"
echo "  gherkin-official 42.0.1:   $python"
[ "$javascript" = '""" and \"\"\" 14' ] && [ "$python" = '""" and """ 13' ]
