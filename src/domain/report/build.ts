import type { ReportId } from './key.js';
import type { ReportStatus } from './lifecycle.js';

/** Arguments, standing and result of the building of a report: what workflows and the command line exchange. */

export interface BuildReportInput extends ReportId {
  /** Wait for the period's data; absent: the report is made of what there is. */
  wait?: {
    /** Epoch ms: not earlier, however complete the period looks. */
    notBefore: number;
    /** How long from then, or from the start if that is later, milliseconds; then it is made as provisional. */
    forMs: number;
  };
  /** False: built and stored, and sent to nobody. */
  deliver: boolean;
  /** Set by continue-as-new: epoch ms until which data are waited for. */
  waitUntil?: number;
}

export interface ReportDelivery {
  recipient: string;
  /** `failed`: each attempt was refused; a later build tries again. */
  state: 'sent' | 'sent before' | 'failed';
}

/** How the building of a report stands: answer of its `standing` query, and in the end its result. */
export interface ReportProgress {
  phase: 'waiting for data' | 'building' | 'waiting for approval' | 'delivering' | 'done';
  /** `daily/2024-01-31/_all/r1`; null: none is stored yet. */
  reportKey: string | null;
  status: ReportStatus | null;
  /** Figures that differ from the revision before. */
  changes: number;
  deliveries: ReportDelivery[];
}
