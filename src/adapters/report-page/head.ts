import { BEFORE, instant, periodDays, periodTitle } from '../../domain/report/dates.js';
import { labelOf, figure, plural } from '../../domain/report/figures.js';
import { closingCommands, statusInWords, verdict } from '../../domain/report/story.js';
import { html, type Markup } from './html.js';
import type { PageInput } from './options.js';
import { termList } from './parts.js';

const KINDS = { daily: 'Daily report', weekly: 'Weekly report', monthly: 'Monthly report' } as const;

/** What the report is about, how far it can be trusted, and what it comes to. */
export function pageHead({ revision }: PageInput): Markup {
  const { document, status, revision: number } = revision;
  const { head } = document;
  const days = periodDays(head);
  return html`<header>
    <p class="eyebrow">
      ${KINDS[head.kind]} · ${head.appId === null ? 'all apps' : head.appId}
      <span class="chip ${status}">${statusInWords(status, number)}</span>
    </p>
    <h1>${periodTitle(head)}</h1>
    ${days === '' ? null : html`<p class="days">${days}</p>`}
    <p class="verdict">${verdict(document)}</p>
    ${provisional(revision)}${restated(revision)}
  </header>`;
}

function provisional({ status, document }: PageInput['revision']): Markup | null {
  if (status !== 'provisional') return null;
  const { head } = document;
  const ranges = head.coverage.missing.map(({ startDate, endDate }) =>
    startDate === endDate ? startDate : `${startDate} to ${endDate}`,
  );
  const commands = closingCommands(document);
  return html`<div class="notice" role="note">
    <p>
      <b>Provisional.</b>
      ${ranges.length === 0 ? 'The period is not over.' : html`Not collected completely: ${ranges.join(', ')} (UTC days).`}
      Known up to ${instant(head.coverage.watermark, head.timezone)}.
      ${commands.length === 0 ? null : 'This closes it:'}
    </p>
    ${commands.map((command) => html`<pre tabindex="0">${command}</pre>`)}
  </div>`;
}

/** Most changes that are named. */
const NAMED = 6;

function restated({ status, changes, document, revision }: PageInput['revision']): Markup | null {
  if (status !== 'restated') return null;
  const headlines = new Set(document.headline);
  const named = [...changes]
    .filter(({ dimension }) => dimension === null)
    .sort((a, b) => Number(headlines.has(b.metric)) - Number(headlines.has(a.metric)))
    .slice(0, NAMED);
  return html`<div class="notice" role="note">
    <p>
      <b>Restated.</b> Data that came in later changed ${plural(changes.length, 'figure')} of revision
      ${revision - 1}, which stays as it was${named.length === 0 ? '.' : ':'}
    </p>
    ${
      named.length === 0
        ? null
        : html`<ul>
            ${named.map(({ metric, unit, from, to }) => html`<li>${labelOf(metric)}: ${figure(from, unit)} → <b>${figure(to, unit)}</b></li>`)}
          </ul>`
    }
  </div>`;
}

/** Where the figures come from; the same for everybody who makes the page, so without the time of the making. */
export function pageFoot({ revision }: PageInput): Markup {
  const { head } = revision.document;
  const facts: [string, string][] = [
    ['Report', revision.reportKey],
    ['Period', `${instant(head.periodStart, head.timezone)} to ${instant(head.periodEnd, head.timezone)}`],
    ['Time zone', `${head.timezone}, weeks begin on ${head.weekStart}`],
    ['Data known up to', instant(head.coverage.watermark, head.timezone)],
    [
      'Compared with',
      head.previous.complete
        ? `${BEFORE[head.kind]} (${head.previous.name})`
        : `nothing: ${head.previous.name} is not collected completely`,
    ],
    ['Definitions', `version ${head.definitionVersion}`],
    ['Taxonomy', head.taxonomyVersion ?? 'no labels'],
    ['Models', head.modelVersions.join(', ') || 'none'],
  ];
  return html`<footer>
    <dl>${termList(facts)}</dl>
  </footer>`;
}
