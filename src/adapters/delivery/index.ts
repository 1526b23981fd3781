import type { ReportRecipient } from '../../ports/report-delivery.js';
import { emailRecipient } from './email.js';
import { slackRecipient } from './slack.js';
import { webhookRecipient } from './webhook.js';

export { slackMessage } from './slack.js';

export interface RecipientSettings {
  webhooks: { urls: readonly string[]; secret: string } | null;
  slackUrls: readonly string[];
  email: { to: readonly string[]; from: string; smtpUrl: string } | null;
}

/** Everybody who gets reports; an address that is named twice counts once. */
export function createRecipients({ webhooks, slackUrls, email }: RecipientSettings): ReportRecipient[] {
  const all = [
    ...(webhooks === null ? [] : webhooks.urls.map((url) => webhookRecipient(url, webhooks.secret))),
    ...slackUrls.map((url) => slackRecipient(url)),
    ...(email === null ? [] : email.to.map((to) => emailRecipient(to, email))),
  ];
  return [...new Map(all.map((recipient) => [recipient.id, recipient])).values()];
}
