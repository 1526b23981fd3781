import { createHmac } from 'node:crypto';
import type { ReportRecipient } from '../../ports/report-delivery.js';
import { postJson } from './http.js';
import { recipientId, withoutSecrets } from './recipient.js';

/**
 * A program of one's own. The body is signed (`X-Signature-256: sha256=<hex of HMAC-SHA256>`), and carries the same
 * `Idempotency-Key` in each attempt, so that the receiver can drop what it has seen.
 */
export function webhookRecipient(url: string, secret: string): ReportRecipient {
  const name = withoutSecrets(url);
  return {
    id: recipientId('webhook', url),
    channel: 'webhook',
    name,
    deduplicates: true,
    send: async ({ payload }, idempotencyKey, signal) => {
      const body = JSON.stringify(payload);
      const headers = {
        'idempotency-key': idempotencyKey,
        'x-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
      };
      await postJson(url, body, headers, {
        name,
        setting: 'REPORT_WEBHOOK_URLS and REPORT_WEBHOOK_SECRET',
        signal,
      });
    },
  };
}
