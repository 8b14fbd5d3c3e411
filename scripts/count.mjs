// What a test runner counted: node scripts/count.mjs <log> <folder of .trx files>
// First line `passed failed skipped`, empty when it counted nothing; then what was skipped and what failed, a line each, with the reason.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [log, trxFolder] = process.argv.slice(2);
const totals = { passed: 0, failed: 0, skipped: 0 };
const remarks = [];

const add = (passed, failed, skipped) => {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
};

const remark = (what, name, reason) => {
  const lines = (reason ?? "").split("\n").map((line) => line.trim()).filter((line) => line !== "");
  remarks.push(`${what}: ${name}: ${lines.slice(0, 4).join(" | ") || "no reason given"}`.slice(0, 600));
};

const entities = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&", "&#xD;": "", "&#xA;": "\n" };
const plain = (xml) => xml.replace(/&(?:lt|gt|quot|apos|amp|#xD|#xA);/g, (entity) => entities[entity]);

// The counter of tests that were not executed is 0 whatever happened: they are what is missing from the total.
const readTrx = (xml) => {
  const counter = (name) => Number(xml.match(new RegExp(`<Counters [^>]*\\b${name}="(\\d+)"`))?.[1] ?? NaN);
  const [total, executed, passed] = ["total", "executed", "passed"].map(counter);
  add(passed, executed - passed, total - executed);
  for (const [, attributes, body] of xml.matchAll(/<UnitTestResult ([^>]*?)(?:\/>|>([\s\S]*?)<\/UnitTestResult>)/g)) {
    const outcome = attributes.match(/outcome="([^"]*)"/)?.[1];
    if (outcome !== "Passed") {
      const name = attributes.match(/testName="([^"]*)"/)?.[1] ?? "a test";
      const reason = body?.match(/<Message>([\s\S]*?)<\/Message>/)?.[1] ?? body?.match(/<StdOut>([\s\S]*?)<\/StdOut>/)?.[1];
      remark(outcome === "NotExecuted" ? "skipped" : "FAILED", plain(name), plain(reason ?? ""));
    }
  }
};

const readNode = (text) => {
  const counter = (name) => Number(text.match(new RegExp(`^# ${name} (\\d+)$`, "m"))?.[1] ?? NaN);
  const [passed, failed, cancelled, skipped, todo] = ["pass", "fail", "cancelled", "skipped", "todo"].map(counter);
  if (Number.isNaN(passed)) {
    return;
  }
  add(passed, failed + cancelled, skipped + todo);
  for (const [, name, reason] of text.matchAll(/^\s*ok \d+ - (.*?) # (?:SKIP|TODO) ?(.*)$/gm)) {
    remark("skipped", name, reason);
  }
  for (const [, name, details] of text.matchAll(/^ *not ok \d+ - (.*)\n *---\n([\s\S]*?)\n *\.\.\.$/gm)) {
    remark("FAILED", name, details.replace(/^ *(?:duration_ms|failureType|code|stack|name|type):.*$/gm, ""));
  }
};

const readOwn = (text) => {
  for (const [, passed, failed, skipped] of text.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)) {
    add(Number(passed), Number(failed), Number(skipped ?? 0));
  }
  for (const [, name, reason] of text.matchAll(/^FAILED - (.*)\n((?: {4}.*\n)*)/gm)) {
    remark("FAILED", name, reason);
  }
};

if (existsSync(trxFolder)) {
  readdirSync(trxFolder).filter((name) => name.endsWith(".trx")).forEach((name) => readTrx(readFileSync(join(trxFolder, name), "utf8")));
} else {
  const text = readFileSync(log, "utf8");
  readNode(text);
  readOwn(text);
}

const { passed, failed, skipped } = totals;
console.log(passed + failed + skipped > 0 ? `${passed} ${failed} ${skipped}` : "");
remarks.forEach((line) => console.log(line));
