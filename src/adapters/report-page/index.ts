import { periodTitle } from '../../domain/report/dates.js';
import type { StoredRevision } from '../../ports/report-book.js';
import { charts } from './charts-section.js';
import { firstScreen } from './first-screen.js';
import { pageFoot, pageHead } from './head.js';
import { html, Markup } from './html.js';
import type { PageOptions } from './options.js';
import { STYLE } from './style.js';
import { tables } from './tables-section.js';

export { parcelOf } from './message.js';
export type { PageOptions } from './options.js';

/**
 * A stored revision as one HTML page that needs nothing else: no script (its policy forbids any), no font, no picture from
 * elsewhere. The same revision and options give the same bytes.
 */
export function renderPage(revision: StoredRevision, options: PageOptions): string {
  const input = { revision, ...options };
  const { head } = revision.document;
  const scope = head.appId === null ? '' : ` · ${head.appId}`;
  return html`${new Markup('<!doctype html>\n')}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="referrer" content="no-referrer" />
        <meta name="color-scheme" content="light dark" />
        <title>${periodTitle(head)}${scope} · conversations</title>
        <style>
          ${new Markup(STYLE)}
        </style>
      </head>
      <body>
        ${pageHead(input)}
        <main>
          ${firstScreen(input)}
          <div class="grid">${charts(revision.document)}</div>
          <div class="grid">${tables(revision.document)}</div>
        </main>
        ${pageFoot(input)}
      </body>
    </html> `.text;
}
