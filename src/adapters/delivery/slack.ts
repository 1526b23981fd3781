import type { ReportParcel, ReportRecipient } from '../../ports/report-delivery.js';
import { postJson } from './http.js';
import { recipientId, withoutSecrets } from './recipient.js';

/** Characters of a block of text that Slack takes. */
const MAX_TEXT = 3000;

/** An incoming webhook of Slack, or of what speaks its language (Mattermost, Rocket.Chat, Discord's /slack). */
export function slackRecipient(url: string): ReportRecipient {
  const name = withoutSecrets(url);
  return {
    id: recipientId('slack', url),
    channel: 'slack',
    name,
    deduplicates: false,
    send: (parcel, _key, signal) =>
      postJson(
        url,
        JSON.stringify(slackMessage(parcel)),
        {},
        {
          name,
          setting: 'REPORT_SLACK_WEBHOOK_URLS',
          signal,
        },
      ),
  };
}

/** Text for notifications and for those that know no blocks, and the same in blocks. */
export function slackMessage({ subject, lines, pageUrl }: ReportParcel) {
  const text = lines.map(escape).join('\n').slice(0, MAX_TEXT);
  return {
    text: `${escape(subject)}\n${text}${pageUrl === null ? '' : `\n${pageUrl}`}`,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: subject.slice(0, 150) } },
      { type: 'section', text: { type: 'mrkdwn', text } },
      ...(pageUrl === null
        ? []
        : [{ type: 'section', text: { type: 'mrkdwn', text: `<${pageUrl}|Open the report>` } }]),
    ],
  };
}

/** Slack's three control characters: no label can become a mention or a link. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
