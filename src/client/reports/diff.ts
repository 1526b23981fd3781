import { changedFigures, type FigureChange } from '../../domain/report/lifecycle.js';
import { change, figure, humanize, labelOf, NOTHING } from '../../domain/report/figures.js';
import { UsageError } from '../errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { printJson, printLines, type Io } from '../globals.js';
import { colorsFor, type Colors } from '../render/colors.js';
import { plural } from '../render/format.js';
import { textTable } from '../render/table.js';
import { parseCount } from '../arguments.js';
import { findRevision } from './names.js';
import { withReports } from './open-book.js';

export interface DiffRequest {
  name: string;
  from?: string;
  to?: string;
  json: boolean;
}

const MAX_REVISION = 1_000_000;

/** The `report diff` command: figures that differ between two revisions; by default the newest and the one before. */
export async function diff(request: DiffRequest, io: Io): Promise<ExitCode> {
  const asked = (flag: string, value: string | undefined) =>
    value === undefined ? null : parseCount(flag, value, MAX_REVISION);
  const [wantedFrom, wantedTo] = [asked('--from', request.from), asked('--to', request.to)];
  return withReports(io, async ({ reports, signal }) => {
    const { record, entry } = await findRevision(reports.book, request.name, signal);
    const to = wantedTo ?? entry.revision;
    const from = wantedFrom ?? to - 1;
    const key = (revision: number) => {
      const found = record.revisions.find((each) => each.revision === revision);
      if (found !== undefined) return found.reportKey;
      const known = record.revisions.map((each) => each.revision);
      throw new UsageError(
        `${request.name} has no revision ${revision} to compare.\n` +
          `Allowed are revisions ${known.join(', ')}.\n` +
          (known.length < 2
            ? 'There is one revision only: nothing has changed since it was built.'
            : `For example: --from ${known.at(-2) ?? 1} --to ${known.at(-1) ?? 1}`),
      );
    };
    const [before, after] = await Promise.all([
      reports.book.revision(key(from), signal),
      reports.book.revision(key(to), signal),
    ]);
    const changes = changedFigures(before.document, after.document);
    const ends = { from: before.reportKey, to: after.reportKey };
    if (request.json) printJson(io, { ...ends, fromStatus: before.status, toStatus: after.status, changes });
    else {
      printLines(io.stdout, [
        `${ends.from} (${before.status}) → ${ends.to} (${after.status}): ${plural(changes.length, 'figure')} differ`,
        ...(changes.length === 0 ? [] : changeTable(changes, colorsFor(io.stdout, io.env))),
      ]);
    }
    return EXIT.complete;
  });
}

function changeTable(changes: readonly FigureChange[], colors: Colors): string[] {
  const cells = changes.map(({ metric, unit, dimension, dimensionValue, from, to, fromN, toN }) => [
    labelOf(metric),
    dimension === null ? '' : `${dimension} ${humanize(dimensionValue ?? 'none')}`,
    figure(from, unit),
    figure(to, unit),
    changeOf(unit, from, to) ?? NOTHING,
    fromN === toN ? String(toN) : `${fromN} → ${toN}`,
  ]);
  return textTable(['METRIC', 'OF', 'WAS', 'IS', 'CHANGE', 'N'], cells, colors);
}

function changeOf(unit: FigureChange['unit'], from: number | null, to: number | null): string | null {
  if (from === null || to === null) return null;
  if (unit === 'ratio') return change({ delta: to - from, delta_kind: 'pp' });
  if (unit === 'score') return change({ delta: to - from, delta_kind: 'abs' });
  return from === 0 ? null : change({ delta: (to - from) / Math.abs(from), delta_kind: 'pct' });
}
