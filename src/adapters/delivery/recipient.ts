import { createHash } from 'node:crypto';
import type { ReportRecipient } from '../../ports/report-delivery.js';

/** `webhook-1f0c…`: a hash, since addresses of webhooks are secrets. */
export function recipientId(channel: ReportRecipient['channel'], address: string): string {
  return `${channel}-${createHash('sha256').update(address).digest('hex').slice(0, 16)}`;
}

/** Host of an address: path, query and credentials of webhooks are secrets. */
export function withoutSecrets(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}/…`;
}
