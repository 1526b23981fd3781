import { runChecks, type Check, type Finding } from '../../../src/client/doctor/finding.js';

/** What one check finds, told by what was looked at. */
export async function findings(check: Check): Promise<Finding[]> {
  try {
    return await runChecks([check]);
  } finally {
    await check.close?.();
  }
}

/** The one finding that is not well. */
export async function fault(check: Check): Promise<Finding & { remedy: string }> {
  const found = await findings(check);
  const bad = found.filter(({ level }) => level === 'broken' || level === 'warning');
  const [only] = bad;
  if (only?.remedy === undefined || bad.length !== 1) {
    throw new Error(`expected one fault with a remedy: ${JSON.stringify(found, null, 1)}`);
  }
  return { ...only, remedy: only.remedy };
}
