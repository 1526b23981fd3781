import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type * as Yaml from 'yaml';
import { BusinessHours } from '../domain/report/business-hours.js';
import type { ConfigProblem } from './errors.js';

/** Every command reads the configuration, and few of them have this file: the parser is loaded with the first. */
const loadYaml = () => createRequire(import.meta.url)('yaml') as typeof Yaml;

/** A file of business hours, by its absolute path, and what it holds. */
export interface BusinessHoursFile {
  path: string;
  hours: BusinessHours;
}

/** The file at a path; null where none is named, or it cannot be used, which is then among the problems. */
export function readBusinessHours(
  path: string | undefined,
  problems: ConfigProblem[],
): BusinessHoursFile | null {
  if (path === undefined) return null;
  const refuse = (reason: string): null => {
    const allowed = `a YAML file such as {default: {hours: {monday: ["09:00-17:00"]}}}; ${reason}`;
    problems.push({ setting: 'REPORT_BUSINESS_HOURS', value: path, allowed });
    return null;
  };
  let content: unknown;
  try {
    content = loadYaml().parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return refuse(error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error));
  }
  const parsed = BusinessHours.safeParse(content);
  if (parsed.success) return { path: resolve(path), hours: parsed.data };
  const [issue] = parsed.error.issues;
  return refuse(`${issue?.path.join('.') || 'the file'}: ${issue?.message ?? 'cannot be read'}`);
}
