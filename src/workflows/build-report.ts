import {
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { BuildReportInput, ReportDelivery, ReportProgress } from '../domain/report/build.js';
import type { ReportId } from '../domain/report/key.js';
import { SEARCH_ATTRIBUTES } from '../names.js';
import { lookAgainSignal, standingQuery } from './messages.js';
import {
  aggregateReport,
  deliverReport,
  dropStagedReport,
  planDelivery,
  reportCoverage,
  storeReport,
} from './shared/activity-options.js';
import { ignoreButCancellation } from './shared/failures.js';

/** How often coverage is looked at by itself; the end of a collection says so at once. */
const LOOK_EVERY_MS = 10 * 60_000;

/**
 * Builds the report of one kind, period and app: waits until the period is covered, at most so long, then aggregates,
 * stores and delivers it. Told to look again, by the end of a collection or an approval, it does so: a report that
 * changes while it is built or waits for approval is built once more before anything else.
 */
export async function buildReport(input: BuildReportInput): Promise<ReportProgress> {
  const { kind, period, appId } = input;
  const build = new ReportBuild({ kind, period, appId });
  if (input.wait !== undefined) await build.waitForData(input, input.wait);
  await build.untilDone(input);
  return build.progress;
}

class ReportBuild {
  readonly progress: ReportProgress = {
    phase: 'waiting for data',
    reportKey: null,
    status: null,
    changes: 0,
    deliveries: [],
  };
  private toldToLook = false;

  constructor(private readonly id: ReportId) {
    setHandler(standingQuery, () => this.progress);
    setHandler(lookAgainSignal, () => {
      this.toldToLook = true;
    });
  }

  async waitForData(input: BuildReportInput, { notBefore, forMs }: NonNullable<BuildReportInput['wait']>) {
    const until = input.waitUntil ?? Math.max(notBefore, Date.now()) + forMs;
    this.enter('waiting for data');
    for (;;) {
      this.toldToLook = false;
      const early = notBefore - Date.now();
      if (early <= 0 && (await reportCoverage(this.id)).complete) return;
      const left = until - Date.now();
      if (left <= 0) return;
      if (workflowInfo().continueAsNewSuggested)
        await continueAsNew<typeof buildReport>({ ...input, waitUntil: until });
      await condition(() => this.toldToLook, early > 0 ? early : Math.min(left, LOOK_EVERY_MS));
    }
  }

  async untilDone({ deliver }: BuildReportInput): Promise<void> {
    do {
      if (workflowInfo().continueAsNewSuggested)
        await continueAsNew<typeof buildReport>({ ...this.id, deliver });
      this.toldToLook = false;
      const reportKey = await this.build();
      if (deliver) await this.deliver(reportKey);
    } while (this.isToldToLook());
    this.enter('done');
  }

  /** Signals come in while something is awaited, which the compiler cannot know. */
  private isToldToLook(): boolean {
    return this.toldToLook;
  }

  private async build(): Promise<string> {
    this.enter('building');
    const { documentKey, conversationsKey } = await aggregateReport(this.id);
    const stored = await storeReport({ documentKey, conversationsKey });
    // Staging is swept by age in any case.
    await dropStagedReport({ keys: [documentKey, conversationsKey] }).catch(ignoreButCancellation);
    this.progress.reportKey = stored.reportKey;
    this.progress.status = stored.status;
    this.progress.changes = stored.changes;
    return stored.reportKey;
  }

  private async deliver(reportKey: string): Promise<void> {
    const { recipients, awaitsApproval } = await planDelivery({ reportKey });
    if (awaitsApproval) {
      // An approval is kept in the lake: whoever gives it tells this workflow to look again.
      this.enter('waiting for approval');
      await condition(() => this.toldToLook);
      return;
    }
    this.enter('delivering');
    const sent = await Promise.all(recipients.map((recipient) => this.send(reportKey, recipient)));
    this.progress.deliveries = [
      ...this.progress.deliveries.filter(({ recipient }) => !recipients.includes(recipient)),
      ...sent,
    ];
  }

  /** One receiver that refuses must not keep the report from the others. */
  private async send(reportKey: string, recipient: string): Promise<ReportDelivery> {
    try {
      const { state } = await deliverReport({ reportKey, recipient });
      return { recipient, state };
    } catch (err) {
      ignoreButCancellation(err);
      return { recipient, state: 'failed' };
    }
  }

  private enter(phase: ReportProgress['phase']): void {
    this.progress.phase = phase;
    const { reportKey, status, deliveries } = this.progress;
    setCurrentDetails(
      [
        `**${this.id.kind} report, ${this.id.period}**, ${this.id.appId === null ? 'all apps' : `app \`${this.id.appId}\``}: **${phase}**`,
        ...(reportKey === null ? [] : ['', `Stored as \`${reportKey}\` (${status ?? ''}).`]),
        ...deliveries.map(({ recipient, state }) => `- ${recipient}: ${state}`),
      ].join('\n'),
    );
    upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.runStatus, value: runStatusOf(this.progress) }]);
  }
}

/** In the words of collections, so that one filter finds both. */
function runStatusOf({ phase, deliveries }: ReportProgress): string {
  if (phase === 'waiting for data' || phase === 'waiting for approval') return 'waiting';
  if (phase !== 'done') return 'running';
  return deliveries.some(({ state }) => state === 'failed') ? 'partial' : 'complete';
}
