import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { inspectFixedKeys, repairFixedKeys } from '../../adapters/lake/fixed-key-health.js';
import { probeObjectStore, type ProbeStep } from '../../adapters/object-store/probe.js';
import type { Config } from '../../config.js';
import { PipelineError } from '../../domain/errors.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { createObjectStore } from '../../workers/object-store.js';
import { lakeLocation } from '../surroundings.js';
import { firstLine, type Check, type Report } from './finding.js';

const DAYS_SHOWN = 5;

export interface LakeOptions {
  config: Pick<Config, 'lake'>;
  /** Whether Temporal, and so perhaps workers, are on other machines. */
  remoteTemporal: boolean;
  timeoutMs?: number;
  /** Default: that of the configuration. */
  open?: () => ObjectStore;
}

/** Write, read, conditional put, and whether the fixed keys are those of the newest commits. */
export function checkLake({ config, remoteTemporal, timeoutMs = 30_000, open }: LakeOptions): Check {
  const { s3, dir } = config.lake;
  const store = (open ?? (() => createObjectStore(config)))();
  const variables = s3 === null ? 'LAKE_DIR' : 'S3_ENDPOINT, S3_BUCKET and AWS_REGION';
  return {
    area: 'Lake',
    timeoutMs,
    variables,
    run: async (report, signal) => {
      const location = lakeLocation(config);
      if (s3 === null) {
        // Looking must not make a lake.
        if (!existsSync(dir)) {
          checkFutureFolder(dir, report);
          return;
        }
        if (remoteTemporal) {
          report({
            check: 'shared',
            level: 'warning',
            message: `${location} is a directory: workers on other machines must see the same one`,
            remedy: 'share the directory of LAKE_DIR, or keep the lake in S3 (S3_ENABLED)',
          });
        }
      } else checkCache(dir, report);
      let step: ProbeStep = 'write';
      try {
        const { missing } = await probeObjectStore(store, (now) => (step = now), signal);
        if (missing.length > 0) {
          report({
            check: 'conditional put',
            level: 'broken',
            message: `${location}: ${missing.join(', ')}; two writers could lose each other's rows`,
            remedy:
              'use a store that honours If-Match and If-None-Match on PUT (AWS, MinIO, R2, versitygw): S3_ENDPOINT, S3_BUCKET',
          });
        } else {
          report({
            check: 'access',
            level: 'ok',
            message: `${location}: write, read, conditional put, list and delete`,
          });
        }
      } catch (error) {
        report(refusal(error, step, location, s3 !== null));
        return;
      }
      await checkFixedKeys(store, report, signal);
    },
    close: () => store.close(),
  };
}

function refusal(error: unknown, step: ProbeStep, location: string, isS3: boolean) {
  const unsupported = step === 'conditional put';
  const message = firstLine(error instanceof Error ? error.message : String(error));
  const [what = '', remedy = ''] =
    error instanceof PipelineError ? message.split(/; (?=check |free |try |LAKE_DIR )/) : [message];
  const fallback = isS3 ? 'check S3_BUCKET, S3_ENDPOINT and the AWS_ variables' : 'check LAKE_DIR';
  return {
    check: unsupported ? 'conditional put' : 'access',
    level: 'broken' as const,
    message: `${step} failed: ${what === '' ? location : what}`,
    remedy: unsupported
      ? 'use a store that honours If-Match and If-None-Match on PUT: S3_ENDPOINT, S3_BUCKET'
      : remedy === ''
        ? fallback
        : remedy.includes('LAKE_DIR') || isS3
          ? remedy
          : `${remedy} (LAKE_DIR)`,
  };
}

/** The folder is not there yet: the first collection makes it, if it can. */
function checkFutureFolder(dir: string, report: Report): void {
  const blocker = cannotMake(dir);
  if (blocker === null) {
    report({
      check: 'access',
      level: 'ok',
      message: `${dir} is not there yet; the first collection makes it`,
    });
    return;
  }
  report({
    check: 'access',
    level: 'broken',
    message: `${dir} is not there and cannot be made: ${blocker}`,
    remedy: 'set LAKE_DIR to a directory that this user may write',
  });
}

/** With S3 the directory is its read cache. */
function checkCache(dir: string, report: Report): void {
  const blocker = cannotMake(dir);
  if (blocker === null) return;
  report({
    check: 'read cache',
    level: 'broken',
    message: `the read cache ${dir} cannot be written: ${blocker}`,
    remedy: 'set LAKE_DIR to a directory that this user may write',
  });
}

/** Why a directory could not be made or written, from what is there; null: it could. */
function cannotMake(dir: string): string | null {
  let at = dir;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  if (!statSync(at).isDirectory()) return `${at} is a file`;
  try {
    accessSync(at, constants.W_OK | constants.X_OK);
    return null;
  } catch {
    return `${at} may not be written by this user`;
  }
}

async function checkFixedKeys(store: ObjectStore, report: Report, signal: AbortSignal): Promise<void> {
  const { days, stale } = await inspectFixedKeys(store, signal);
  if (stale.length === 0) {
    const message =
      days === 0 ? 'no day has been committed yet' : `fixed keys of ${days} committed days are right`;
    report({ check: 'fixed keys', level: 'ok', message });
    return;
  }
  const shown = stale.slice(0, DAYS_SHOWN).join(', ') + (stale.length > DAYS_SHOWN ? ', …' : '');
  report({
    check: 'fixed keys',
    level: 'warning',
    message: `fixed keys of ${stale.length} of ${days} days are not of the newest commit: ${shown}`,
    remedy: 'doctor --repair, or collect those days again (LAKE_DIR or S3_BUCKET names the lake)',
    repair: async () => {
      await repairFixedKeys(store, stale, new AbortController().signal);
      return `fixed keys of ${stale.length} days laid anew`;
    },
  });
}
