/** The figures of a JUnit report as `deno test --junit-path` writes it. */

/** How many tests did what. Steps count as tests. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * Counts a report by the attributes of its test suites. Text in a report is escaped, so a tag is always a tag.
 *
 * @throws {Error} when the text is not a whole report, or when its suites do not add up to its totals.
 */
export function countJunit(xml: string): Counts {
  const [, totals] = /<testsuites\s([^>]*)>/.exec(xml) ?? [];
  if (totals === undefined || !/<\/testsuites>\s*$|\/>\s*$/.test(xml)) {
    throw new Error("The JUnit report is cut off or not a report.");
  }
  const suites = [...xml.matchAll(/<testsuite\s([^>]*)>/g)].map(([, attributes = ""]) => attributes);
  const sum = (name: string) => suites.reduce((total, suite) => total + numberOf(suite, name), 0);
  const tests = sum("tests");
  const failed = sum("failures") + sum("errors");
  if (
    tests !== numberOf(totals, "tests") ||
    failed !== numberOf(totals, "failures") + numberOf(totals, "errors")
  ) {
    throw new Error("The JUnit report's suites do not add up to its totals.");
  }
  const skipped = sum("disabled");
  return { passed: tests - failed - skipped, failed, skipped };
}

function numberOf(attributes: string, name: string): number {
  const [, digits] = new RegExp(`(?:^|\\s)${name}="(\\d+)"`).exec(attributes) ?? [];
  if (digits === undefined) throw new Error(`The JUnit report has no number of ${name}.`);
  return Number(digits);
}
