import { BEFORE, periodDays, periodTitle } from '../../domain/report/dates.js';
import { findRow } from '../../domain/report/document.js';
import { change, figure, humanize, labelOf, NOTHING, seconds, toneOf } from '../../domain/report/figures.js';
import { closingCommands, statusInWords, verdict, whatChanged } from '../../domain/report/story.js';
import type { StoredRevision } from '../../ports/report-book.js';
import type { ReportParcel } from '../../ports/report-delivery.js';
import { html, type Markup } from './html.js';

/** Most conversations and changes that a message names. */
const NAMED = 5;

/** A revision as a message: a subject, a few lines, the same for programs, and the page. */
export function parcelOf(
  revision: StoredRevision,
  page: Uint8Array,
  { reportUrl }: { reportUrl: string | null },
): ReportParcel {
  const { reportKey } = revision;
  const pageUrl = reportUrl === null ? null : reportUrl.replaceAll('{report}', reportKey);
  return {
    reportKey,
    subject: subjectOf(revision),
    lines: linesOf(revision),
    payload: payloadOf(revision, pageUrl),
    mailHtml: mailOf(revision, pageUrl).text,
    page,
    pageUrl,
  };
}

function subjectOf({ document: { head }, status, revision }: StoredRevision): string {
  const scope = head.appId === null ? '' : ` · ${head.appId}`;
  const standing =
    status === 'final' && revision === 1 ? '' : ` (${statusInWords(status, revision).toLowerCase()})`;
  return `${humanize(head.kind)} report${scope}: ${periodTitle(head)}${standing}`;
}

function linesOf({ document, status }: StoredRevision): string[] {
  const { tables, head } = document;
  return [
    ...(status === 'provisional'
      ? ['Provisional: not all data of the period are collected.', ...closingCommands(document)]
      : []),
    verdict(document),
    ...headlineFigures(document).map(
      ({ label, value, delta }) => `• ${label}: ${value}${delta === null ? '' : ` (${delta})`}`,
    ),
    ...tables.waiting.top
      .slice(0, NAMED)
      .map(
        ({ conversationId, since }) =>
          `• waits for ${seconds((head.periodEnd - since) / 1000)}: ${conversationId}`,
      ),
    ...whatChanged(document)
      .slice(0, NAMED)
      .map(({ text }) => `• ${text}`),
  ];
}

function headlineFigures(document: StoredRevision['document']) {
  return document.headline.flatMap((metric) => {
    const row = findRow(document, metric);
    if (row === undefined || row.value === null) return [];
    return [
      {
        row,
        label: labelOf(metric),
        value: figure(row.value, row.unit),
        delta: change(row),
        tone: toneOf(metric, row.delta),
      },
    ];
  });
}

/** What a program gets; fields are only added to it. */
function payloadOf(
  { reportKey, revision, status, changes, document }: StoredRevision,
  pageUrl: string | null,
) {
  const { head, headline, tables, anomalies } = document;
  return {
    event: 'report',
    version: 1,
    report: reportKey,
    kind: head.kind,
    period: head.period,
    app_id: head.appId,
    revision,
    status,
    period_start: new Date(head.periodStart).toISOString(),
    period_end: new Date(head.periodEnd).toISOString(),
    timezone: head.timezone,
    url: pageUrl,
    summary: verdict(document),
    missing: head.coverage.missing,
    headline: headline.flatMap((metric) => findRow(document, metric) ?? []),
    waiting: { count: tables.waiting.count, top: tables.waiting.top },
    anomalies,
    changes,
  };
}

const COLORS = { good: '#17713f', bad: '#b3261e', neutral: '#5a6373' } as const;
const CELL = 'padding:6px 0;border-bottom:1px solid #e3e6ec;';

/** Mail programs know neither variables nor grids: one table, styles at each tag. */
function mailOf(revision: StoredRevision, pageUrl: string | null): Markup {
  const { document, status } = revision;
  const { head } = document;
  const days = periodDays(head);
  return html`<!doctype html>
    <html lang="en">
      <body
        style="margin:0;padding:24px;background:#f6f7f9;color:#161b26;font:15px/1.5 'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
      >
        <div style="max-width:600px;margin:0 auto;background:#fff;border-radius:12px;padding:24px">
          <p style="margin:0;color:#5a6373">
            ${humanize(head.kind)} report · ${head.appId ?? 'all apps'} ·
            ${statusInWords(status, revision.revision)}
          </p>
          <h1 style="margin:4px 0 8px;font-size:24px;line-height:1.2">${periodTitle(head)}</h1>
          ${days === '' ? null : html`<p style="margin:0 0 8px;color:#5a6373">${days}</p>`}
          <p style="margin:0 0 16px;font-size:16px">${verdict(document)}</p>
          <table role="presentation" style="width:100%;border-collapse:collapse">
            ${headlineFigures(document).map(
              ({ label, value, delta, tone }) =>
                html`<tr>
                  <td style="${CELL}">${label}</td>
                  <td style="${CELL}text-align:right;font-weight:600">${value}</td>
                  <td style="${CELL}text-align:right;color:${COLORS[tone]};width:90px">
                    ${delta ?? NOTHING}
                  </td>
                </tr>`,
            )}
          </table>
          <p style="margin:8px 0 16px;color:#5a6373;font-size:13px">Changes against ${BEFORE[head.kind]}.</p>
          ${whatChanged(document)
            .slice(0, NAMED)
            .map(
              ({ text, tone }) =>
                html`<p style="margin:0 0 6px"><span style="color:${COLORS[tone]}">●</span> ${text}</p>`,
            )}
          <p style="margin:20px 0 0">
            ${pageUrl === null ? 'The whole report is attached.' : html`<a href="${pageUrl}" style="color:#2f5fd0">Open the whole report</a>`}
          </p>
        </div>
      </body>
    </html>`;
}
