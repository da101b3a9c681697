// Reads a JUnit report of tests: what came of each test case, and how long each file took.

const ENTITIES = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&#10;': '\n',
  '&amp;': '&',
};
const unescapeXml = (text) =>
  text.replaceAll(/&(?:lt|gt|quot|apos|#39|#10|amp);/g, (all) => ENTITIES[all]);
const attribute = (tag, name) => unescapeXml(new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '');

const indented = (text) => text.trim().replaceAll(/^(?=.)/gm, '      ');

/** Of the test cases, not of what the runner says of itself: their counts, and what failed and why. */
export function countReport(xml) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  for (const [, tag, body = ''] of xml.matchAll(
    /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
  )) {
    if (/<(failure|error)\b/.test(body)) {
      counts.failed += 1;
      const why = attribute(/<(?:failure|error)\b[^>]*>/.exec(body)[0], 'message');
      failures.push(`${attribute(tag, 'file')}: ${attribute(tag, 'name')}\n${indented(why)}`);
    } else if (/<skipped\b/.test(body)) {
      counts.skipped += 1;
    } else {
      counts.passed += 1;
    }
  }
  return { counts, failures };
}

/** Seconds of each file that ran, the slowest first. A group within a file is a suite of its own, and shorter. */
export function fileTimes(xml) {
  const seconds = new Map();
  for (const [tag] of xml.matchAll(/<testsuite\b[^>]*>/g)) {
    const file = attribute(tag, 'file');
    seconds.set(file, Math.max(seconds.get(file) ?? 0, Number(attribute(tag, 'time'))));
  }
  return [...seconds].sort(([, a], [, b]) => b - a);
}
