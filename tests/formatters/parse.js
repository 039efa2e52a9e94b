// What the official parser makes of the features whose paths come on standard input, a line each: for each a line
// of JSON with its path and its messages, of which those of a feature that is refused tell why.
import { createInterface } from 'node:readline'
import { readFileSync } from 'node:fs'
import { generateMessages } from '@cucumber/gherkin'
import { IdGenerator, SourceMediaType } from '@cucumber/messages'

for await (const path of createInterface({ input: process.stdin })) {
  const messages = generateMessages(
    readFileSync(path, 'utf8').replace(/^\uFEFF/, ''),
    path,
    SourceMediaType.TEXT_X_CUCUMBER_GHERKIN_PLAIN,
    { includeGherkinDocument: true, includePickles: true, newId: IdGenerator.incrementing() },
  )
  console.log(JSON.stringify({ path, messages }))
}
