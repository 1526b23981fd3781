interface Summary {
  passed: number;
  failed: number;
  skipped: number;
  problems: string[];
}
interface Module {
  summarize: (report: unknown, exitCode: number | string, mayBeEmpty: boolean) => Summary;
  describeTotals: (totals: Omit<Summary, 'problems'>) => string;
}

// The runner is plain JavaScript, so that it works before anything is built.
const path: string = '../../scripts/test-summary.mjs';
const { summarize, describeTotals } = (await import(path)) as Module;

const report = (changes: object = {}) => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numTotalTests: 3,
  testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] }],
  ...changes,
});
const nothing = { numPassedTests: 0, numTotalTests: 0, testResults: [] };

test('a clean run', () => {
  expect(summarize(report(), 0, false)).toEqual({ passed: 3, failed: 0, skipped: 0, problems: [] });
});

test('failed and skipped tests are counted', () => {
  const counts = {
    numPassedTests: 1,
    numFailedTests: 1,
    numPendingTests: 1,
    numTodoTests: 1,
    numTotalTests: 4,
  };
  const testResults = [{ name: 'a', status: 'failed', assertionResults: [{ status: 'failed' }] }];
  expect(summarize(report({ ...counts, testResults }), 1, false)).toMatchObject({
    passed: 1,
    failed: 1,
    skipped: 2,
  });
});

test('a file that could not be loaded is a failure although no test in it failed', () => {
  const testResults = [{ name: 'broken.test.ts', status: 'failed', assertionResults: [] }];
  expect(summarize(report({ testResults }), 1, false)).toMatchObject({
    failed: 1,
    problems: ['broken.test.ts could not be run'],
  });
});

test('a run without tests is a failure, except under a filter', () => {
  expect(summarize(report(nothing), 0, false)).toMatchObject({ failed: 1, problems: ['no test was found'] });
  expect(summarize(report(nothing), 0, true)).toMatchObject({ passed: 0, failed: 0 });
});

test('a Jest that died or complained is a failure', () => {
  expect(summarize(undefined, 'SIGKILL', true)).toMatchObject({ failed: 1 });
  expect(summarize(report(), 1, false)).toMatchObject({ passed: 3, failed: 1 });
});

test('the line of totals', () => {
  expect(describeTotals({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
  expect(describeTotals({ passed: 12, failed: 1, skipped: 2 })).toBe('12 passed, 1 failed, 2 skipped');
});
