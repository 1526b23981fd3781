import type { GoneRule } from '../domain/reconcile.js';
import { parseAppId, parseRange, type DateRange } from './arguments.js';
import { UsageError } from './errors.js';

/** What a person asks for, not checked yet. */
export interface ReconcileArguments {
  startDate: string;
  endDate: string;
  appId?: string | undefined;
  mark?: boolean | undefined;
  remove?: boolean | undefined;
  mongodb?: boolean | undefined;
  dryRun?: boolean | undefined;
}

export interface ReconcileRequest extends DateRange {
  appId?: string;
  gone: GoneRule;
  mongodb: boolean;
  dryRun: boolean;
}

/** Checks the arguments of a reconciliation. @throws UsageError naming the value, what is allowed and what to do next */
export function parseReconcileArguments(given: ReconcileArguments, now: number): ReconcileRequest {
  const { appId, mark, remove, mongodb, dryRun } = given;
  if (mark === true && remove === true) {
    throw new UsageError(
      '--mark and --remove are two fates for what is gone.\n' +
        'Allowed is one of the two; without either, it is marked.\nLeave one of them out.',
    );
  }
  return {
    ...parseRange(given.startDate, given.endDate, now),
    ...(appId === undefined ? {} : { appId: parseAppId(appId) }),
    gone: remove === true ? 'remove' : 'mark',
    mongodb: mongodb ?? true,
    dryRun: dryRun ?? false,
  };
}
