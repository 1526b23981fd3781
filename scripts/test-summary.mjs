// Counts of a Jest run, from its --json report and its exit code. A run that proves nothing counts as a failure.

/**
 * @param report what Jest wrote with --json, or undefined if it wrote nothing
 * @param exitCode Jest's exit code, or the name of the signal that ended it
 * @param mayBeEmpty whether a run without any test is fine (a filter was given)
 */
export function summarize(report, exitCode, mayBeEmpty) {
  const problems = [];
  if (report === undefined) {
    return { passed: 0, failed: 1, skipped: 0, problems: [`Jest wrote no report (exit ${exitCode})`] };
  }
  let failed = report.numFailedTests;
  // A file that does not compile or throws while loading has no failed test, and must not vanish from the sum.
  const crashed = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  for (const { name } of crashed) problems.push(`${name} could not be run`);
  failed += crashed.length;
  if (report.numTotalTests === 0 && crashed.length === 0 && !mayBeEmpty) {
    problems.push('no test was found');
    failed += 1;
  }
  if (exitCode !== 0 && failed === 0) {
    problems.push(`Jest ended with ${exitCode} although no test failed`);
    failed += 1;
  }
  const skipped = report.numPendingTests + report.numTodoTests;
  return { passed: report.numPassedTests, failed, skipped, problems };
}

export function addUp(totals, { passed, failed, skipped }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
}

/** `12 passed, 0 failed`, and `, 1 skipped` if any were. */
export function describeTotals({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
