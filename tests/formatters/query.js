// What the official query library finds in Cucumber messages: a line of JSON for each execution of a scenario that counts.
import { readFileSync } from "node:fs";
import { Query } from "@cucumber/query";

const query = new Query();
const lines = readFileSync(process.argv[2], "utf8").trimEnd().split("\n");
lines.forEach((line) => query.update(JSON.parse(line)));

for (const started of query.findAllTestCaseStarted()) {
  const { feature, rule, scenario, examples, example } = query.findLineageBy(started);
  const steps = query.findTestStepFinishedAndTestStepBy(started).map(([finished, testStep]) => {
    const pickled = query.findPickleStepBy(testStep);
    const { keyword } = query.findStepBy(pickled);
    return `${finished.testStepResult.status} ${pickled.type} ${keyword}${pickled.text}`;
  });
  console.log(
    JSON.stringify({
      feature: feature.name,
      rule: rule?.name,
      scenario: scenario.name,
      examples: examples?.name,
      row: example?.location.line,
      name: query.findPickleBy(started).name,
      tags: query.findPickleBy(started).tags.map((tag) => tag.name),
      attempt: started.attempt,
      status: query.findMostSevereTestStepResultBy(started).status,
      steps,
    }),
  );
}
