// What a test runner counted: node scripts/count.mjs <log> <folder of .trx files>
// First line `passed failed skipped`, empty when it counted nothing; then a line for each skipped test with its reason.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [log, trxFolder] = process.argv.slice(2);
const totals = { runs: 0, passed: 0, failed: 0, skipped: 0 };
const reasons = [];

const add = (passed, failed, skipped) => {
  totals.runs++;
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
};

const plain = (xml) =>
  xml.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&#x[0-9a-f]+;/gi, " ").replace(/&amp;/g, "&").trim().split("\n")[0];

// The counter of tests that were not executed is 0 whatever happened: they are what is missing from the total.
const readTrx = (xml) => {
  const counter = (name) => Number(xml.match(new RegExp(`<Counters [^>]*\\b${name}="(\\d+)"`))?.[1] ?? NaN);
  const [total, executed, passed] = ["total", "executed", "passed"].map(counter);
  add(passed, executed - passed, total - executed);
  for (const [, attributes, body] of xml.matchAll(/<UnitTestResult ([^>]*outcome="NotExecuted"[^>]*?)(?:\/>|>([\s\S]*?)<\/UnitTestResult>)/g)) {
    const name = attributes.match(/testName="([^"]*)"/)?.[1] ?? "a test";
    const reason = body?.match(/<(?:Message|StdOut)>([\s\S]*?)<\//)?.[1] ?? "no reason given";
    reasons.push(`${plain(name)}: ${plain(reason)}`);
  }
};

const readNode = (text) => {
  const counter = (name) => Number(text.match(new RegExp(`^(?:#|ℹ) ${name} (\\d+)$`, "m"))?.[1] ?? NaN);
  const [passed, failed, cancelled, skipped, todo] = ["pass", "fail", "cancelled", "skipped", "todo"].map(counter);
  if (!Number.isNaN(passed)) {
    add(passed, failed + cancelled, skipped + todo);
    for (const [, name, reason] of text.matchAll(/^\s*ok \d+ - (.*?) # (?:SKIP|TODO) ?(.*)$/gm)) {
      reasons.push(`${name}: ${reason || "no reason given"}`);
    }
  }
};

const readOwn = (text) => {
  for (const [, passed, failed, skipped] of text.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)) {
    add(Number(passed), Number(failed), Number(skipped ?? 0));
  }
};

if (existsSync(trxFolder)) {
  readdirSync(trxFolder).filter((name) => name.endsWith(".trx")).forEach((name) => readTrx(readFileSync(join(trxFolder, name), "utf8")));
} else {
  const text = readFileSync(log, "utf8");
  readNode(text);
  readOwn(text);
}

const { runs, passed, failed, skipped } = totals;
console.log(runs === 0 || passed + failed + skipped === 0 ? "" : `${passed} ${failed} ${skipped}`);
reasons.forEach((reason) => console.log(reason));
