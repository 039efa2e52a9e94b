// Cucumber messages from one file, the page that the official formatter makes of them into another.
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { CucumberHtmlStream } from "@cucumber/html-formatter";
import { NdjsonToMessageStream } from "@cucumber/message-streams";

const [, , messages, page] = process.argv;
await pipeline(
  createReadStream(messages, { encoding: "utf8" }),
  new NdjsonToMessageStream(),
  new CucumberHtmlStream(),
  createWriteStream(page),
);
