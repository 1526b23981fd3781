import type { ReconcileProgress } from '../../domain/reconcile.js';
import { describeRange } from '../../domain/period.js';
import type { Colors } from './colors.js';
import { count, plural } from './format.js';

/** What a reconciliation is doing, in one line. */
export function stepLine({ step, source, differences }: ReconcileProgress): string {
  const read =
    source === null
      ? ''
      : ` · ${plural(source.conversations, 'conversation')} and ${plural(source.messages, 'message')} in the source`;
  const found = differences === null ? '' : ` · ${plural(total(differences), 'difference')}`;
  return `${step.charAt(0).toUpperCase()}${step.slice(1)} …${read}${found}`;
}

/** The result for people. @param lake where the list of findings lies */
export function reconcileLines(result: ReconcileProgress, lake: string, colors: Colors): string[] {
  const { source, compared, differences, unmatched, healed, findingsKey, dryRun, gone } = result;
  const apps = result.appId === null ? 'all apps' : `app ${result.appId}`;
  return [
    `${headline(result, colors)}: ${describeRange(result)}, ${apps}`,
    ...(source === null
      ? []
      : [
          field(
            'source',
            `${plural(source.conversations, 'conversation')} and ${plural(source.messages, 'message')}, in ${plural(source.requests, 'request')}`,
          ),
        ]),
    ...(compared === null
      ? []
      : [field('range', `${count(compared.source)} in the source, ${count(compared.lake)} in the lake`)]),
    ...(differences === null ? [] : [field('differ', differenceText(differences))]),
    ...(dryRun || differences === null || total(differences) === 0
      ? []
      : [
          field(
            'put right',
            `${plural(healed.read, 'conversation')} read again, ${count(healed.gone)} ${gone === 'mark' ? 'marked as deleted' : 'removed'}`,
          ),
        ]),
    ...unmatchedLines(unmatched),
    ...(findingsKey === null ? [] : [field('findings', `${lake}/${findingsKey}`)]),
    ...(dryRun && differences !== null && total(differences) > 0
      ? [colors.yellow('! Nothing was changed. Put it right: the same command without --dry-run')]
      : []),
    ...(!dryRun && result.status === 'partial'
      ? [colors.red('! Not all of it could be read again: reconcile once more')]
      : []),
  ];
}

function headline({ status, dryRun, differences }: ReconcileProgress, colors: Colors): string {
  const none = differences !== null && total(differences) === 0;
  if (none) return colors.bold(colors.green('Agrees'));
  if (dryRun) return colors.bold(colors.yellow('Differs'));
  return status === 'complete' ? colors.bold(colors.green('Put right')) : colors.bold(colors.red('Partial'));
}

type Differences = NonNullable<ReconcileProgress['differences']>;

function total({ deleted, missing, changed, moved }: Differences): number {
  return deleted + missing + changed + moved;
}

function differenceText({ deleted, missing, changed, moved, deletedMessages }: Differences): string {
  const messages = deletedMessages === 0 ? '' : ` (${plural(deletedMessages, 'message')} gone)`;
  return `${count(deleted)} gone · ${count(missing)} missing · ${count(changed)} changed${messages} · ${count(moved)} of another day`;
}

function unmatchedLines(unmatched: ReconcileProgress['unmatched']): string[] {
  if (unmatched === null) return [];
  const { undatedConversations, orphanMessages } = unmatched;
  return [
    ...(undatedConversations === 0
      ? []
      : [
          field(
            'no date',
            `${plural(undatedConversations, 'conversation')} without a usable start match no range`,
          ),
        ]),
    ...(orphanMessages === 0
      ? []
      : [field('orphans', `${plural(orphanMessages, 'message')} without their conversation`)]),
  ];
}

function field(name: string, value: string): string {
  return `  ${name.padEnd(14)}${value}`;
}
