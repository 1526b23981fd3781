import { BASELINE, BEFORE, instant } from '../../domain/report/dates.js';
import { findRow, type MetricRow, type ReportDocument } from '../../domain/report/document.js';
import {
  definitionOf,
  figure,
  humanize,
  labelOf,
  percent,
  plural,
  seconds,
} from '../../domain/report/figures.js';
import { whatChanged } from '../../domain/report/story.js';
import { sparkline } from './charts/sparkline.js';
import { html, type Markup } from './html.js';
import type { PageInput } from './options.js';
import { changeMark, conversationLink, explain, panel } from './parts.js';

/** What a head of support asks first: who waits, what went wrong, what is different. */
export function firstScreen(input: PageInput): Markup {
  const { document } = input.revision;
  return html`<div class="first">
    ${tiles(document)}${waiting(input)}
    <div class="pair">${worstTopics(input)}${changed(document)}</div>
  </div>`;
}

const WAITING = definitionOf('awaiting_reply');

function waiting({ revision, conversationUrl }: PageInput): Markup | null {
  const { head, tables } = revision.document;
  const { count, oldest, top } = tables.waiting;
  const oldestWait = oldest === null ? null : seconds((head.periodEnd - oldest) / 1000);
  return panel(
    'Waiting for an answer',
    WAITING,
    html`<p class="big ${count === 0 ? 'calm' : ''}">
        ${figure(count, 'count')}
        <small>${oldestWait === null ? 'nobody waits' : html`the longest for <b>${oldestWait}</b>`}</small>
      </p>
      <p class="asof">as of ${instant(head.periodEnd, head.timezone)}</p>
      ${
        top.length === 0
          ? null
          : html`<div
              class="scroll tall"
              tabindex="0"
              role="region"
              aria-label="Those who have waited longest"
            >
              <table class="data tight">
                <caption class="sr">
                  Conversations that have waited longest
                </caption>
                <thead>
                  <tr>
                    <th scope="col">Conversation</th>
                    <th scope="col">About</th>
                    <th scope="col" class="num">Waits</th>
                  </tr>
                </thead>
                <tbody>
                  ${top.map(
                    (line) =>
                      html`<tr>
                        <th scope="row">
                          ${conversationLink({ id: line.conversationId, key: line.conversationKey, app: line.appId }, conversationUrl)}
                        </th>
                        <td>${line.topic === null ? '' : humanize(line.topic)}</td>
                        <td class="num">${seconds(line.waited)}</td>
                      </tr>`,
                  )}
                </tbody>
              </table>
            </div>`
      }${count > top.length ? html`<p class="asof">and ${plural(count - top.length, 'other')}</p>` : null}`,
    { id: 'waiting' },
  );
}

function tiles(document: ReportDocument): Markup {
  return html`<div class="tiles">
    ${document.headline
      .filter((metric) => metric !== 'awaiting_reply')
      .map((metric) => {
        const row = findRow(document, metric);
        return row === undefined ? null : tile(row, document);
      })}
  </div>`;
}

function tile(row: MetricRow, document: ReportDocument): Markup {
  const { metric, unit, value, n, note } = row;
  const { kind } = document.head;
  const series = document.series.find((line) => line.metric === metric && line.grain === 'spark');
  const points = series?.points.map((point) => (point.complete ? point.value : null)) ?? [];
  const told = points.map((point) => figure(point, unit)).join(', ');
  const label = labelOf(metric);
  return html`<section class="tile">
    <div class="title">
      <h2>${label}</h2>
      ${explain(label, definitionOf(metric))}
    </div>
    <p class="value">${figure(value, unit)}</p>
    <p class="under">
      ${changeMark(row, BEFORE[kind])}${aside(row)}${sparkline(points, `${label}, last periods: ${told}`)}
    </p>
    ${
      row.baseline_value === null
        ? null
        : html`<p class="n" title="${BASELINE[kind]}">
            usually
            ${figure(row.baseline_value, unit)}${unit === 'count' ? null : html` · n ${figure(n, 'count')}`}
          </p>`
    }${row.baseline_value === null && unit !== 'count' ? html`<p class="n">n ${figure(n, 'count')}${note === 'small_n' ? ', few' : ''}</p>` : null}
  </section>`;
}

function aside({ note }: MetricRow): Markup | null {
  if (note === 'pending')
    return html`<span
      class="delta"
      title="Some of the conversations cannot be judged yet; n counts those that can"
      >not yet all</span
    >`;
  return null;
}

const SHOWN = 5;

function worstTopics({ revision, conversationUrl }: PageInput): Markup | null {
  const { worstTopics: worst, waiting: waits } = revision.document.tables;
  const keys = new Map(waits.top.map((line) => [line.conversationId, line]));
  return panel(
    'Worst topics',
    'Topics with many conversations that are negative and not resolved: number × share of negative sentiment × share not resolved.',
    worst.length === 0
      ? html`<p class="none">None stands out.</p>`
      : html`<ol class="worst">
          ${worst.slice(0, SHOWN).map(
            ({ label, n, negativeShare, unresolvedShare, conversationIds }) =>
              html`<li>
                <b>${humanize(label)}</b> <span class="muted">${figure(n, 'count')}</span
                ><span class="facts"
                  >${percent(negativeShare)} negative · ${percent(unresolvedShare)} not resolved</span
                ><span class="ids"
                  >${conversationIds.map((id) => {
                    const line = keys.get(id);
                    return html`${conversationLink({ id, key: line?.conversationKey ?? id, app: line?.appId ?? null }, conversationUrl)} `;
                  })}</span
                >
              </li>`,
          )}
        </ol>`,
  );
}

const CHANGES = 8;

function changed(document: ReportDocument): Markup | null {
  const all = whatChanged(document);
  const { previous, kind } = document.head;
  return panel(
    'What changed',
    `Against ${BEFORE[kind]}: figures that are far from their own past, headlines that moved, topics that grow, appear or vanish.`,
    all.length === 0
      ? html`<p class="none">
          ${previous.complete ? 'Nothing that stands out.' : `Nothing to compare with: ${previous.name} is not collected completely.`}
        </p>`
      : html`<ul class="changes">
          ${all
            .slice(0, CHANGES)
            .map(
              ({ text, tone }) =>
                html`<li class="${tone}">
                  <span class="sr">${tone === 'neutral' ? '' : tone === 'good' ? 'Better: ' : 'Worse: '}</span
                  >${text}
                </li>`,
            )}
        </ul>`,
  );
}
