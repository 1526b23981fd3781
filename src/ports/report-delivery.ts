/** A revision of a report as it is sent: no text of conversations, and no clock. */
export interface ReportParcel {
  /** `daily/2024-01-31/_all/r1`. */
  reportKey: string;
  /** One line: what it is. */
  subject: string;
  /** A few sentences and figures, for a message. */
  lines: string[];
  /** The same figures, for programs. */
  payload: Record<string, unknown>;
  /** Short message as HTML, for mail programs. */
  mailHtml: string;
  /** The whole page, UTF-8 HTML. */
  page: Uint8Array;
  /** Address of the page where recipients can open it; null: not known. */
  pageUrl: string | null;
}

/** One receiver of reports. */
export interface ReportRecipient {
  /** Stable and without secrets; part of the ledger's keys. */
  readonly id: string;
  readonly channel: 'webhook' | 'slack' | 'email';
  /** For people; without secrets. */
  readonly name: string;
  /** Whether the receiver can tell a repeated message by its key. Where not, a crash while sending may repeat it. */
  readonly deduplicates: boolean;
  /**
   * Sends once. Throws PipelineError DeliveryUnavailable (try again) or DeliveryRefused (do not).
   * @param idempotencyKey the same for each attempt at the same message
   */
  send(parcel: ReportParcel, idempotencyKey: string, signal: AbortSignal): Promise<void>;
}
