import { createTransport } from 'nodemailer';
import { PipelineError } from '../../domain/errors.js';
import type { ReportRecipient } from '../../ports/report-delivery.js';
import { recipientId } from './recipient.js';

const TIMEOUT_MS = 30_000;

export interface MailSettings {
  /** `smtp://user:password@host:587` or `smtps://…`. */
  smtpUrl: string;
  from: string;
}

/**
 * One mailbox. Mail has no way to say "only once"; the Message-ID is the same in each attempt, by which many mail
 * servers and programs recognise a repetition.
 */
export function emailRecipient(to: string, { smtpUrl, from }: MailSettings): ReportRecipient {
  return {
    id: recipientId('email', to.toLowerCase()),
    channel: 'email',
    name: to,
    deduplicates: false,
    send: async ({ subject, lines, mailHtml, page, pageUrl, reportKey }, key, signal) => {
      const transport = createTransport({
        url: smtpUrl,
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
      });
      const stop = (): void => transport.close();
      signal.addEventListener('abort', stop, { once: true });
      try {
        await transport.sendMail({
          from,
          to,
          subject,
          messageId: `<${key}@conversation-analytics>`,
          text: [
            ...lines,
            ...(pageUrl === null ? ['', 'The whole report is attached.'] : ['', pageUrl]),
          ].join('\n'),
          html: mailHtml,
          attachments: [
            {
              filename: `${reportKey.replaceAll('/', '-')}.html`,
              content: Buffer.from(page),
              contentType: 'text/html; charset=utf-8',
            },
          ],
        });
      } catch (err) {
        signal.throwIfAborted();
        throw mailFailure(err);
      } finally {
        signal.removeEventListener('abort', stop);
        transport.close();
      }
    },
  };
}

/** Codes of nodemailer that no repetition helps, and permanent answers (5xx) of the server. */
function mailFailure(err: unknown): PipelineError {
  const { code, responseCode } = err as { code?: string; responseCode?: number };
  const what = [code, responseCode].filter((part) => part !== undefined).join(', ') || 'unknown';
  const permanent =
    code === 'EAUTH' || code === 'EENVELOPE' || (responseCode !== undefined && responseCode >= 500);
  if (permanent && !(responseCode !== undefined && responseCode < 500)) {
    return new PipelineError(
      'DeliveryRefused',
      `the mail server refuses the report (${what}): check SMTP_URL, REPORT_EMAIL_FROM and REPORT_EMAIL_TO`,
    );
  }
  return new PipelineError(
    'DeliveryUnavailable',
    `the mail server cannot be used (${what}): see that it answers at the address of SMTP_URL`,
  );
}
