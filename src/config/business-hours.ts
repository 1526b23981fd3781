import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { BusinessHours } from '../domain/report/business-hours.js';
import type { ConfigProblem } from './errors.js';

/** The business hours that a YAML file holds; null where it cannot be used, which is then among the problems. */
export function readBusinessHours(path: string, problems: ConfigProblem[]): BusinessHours | null {
  const refuse = (reason: string): null => {
    const allowed = `a YAML file such as {default: {hours: {monday: ["09:00-17:00"]}}}; ${reason}`;
    problems.push({ setting: 'REPORT_BUSINESS_HOURS', value: path, allowed });
    return null;
  };
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return refuse(error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error));
  }
  const parsed = BusinessHours.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return refuse(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'cannot be read'}`);
}
