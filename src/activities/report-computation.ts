import { encodeCsv } from '../domain/report/csv.js';
import type { ReportDocument } from '../domain/report/document.js';
import type { ReportId } from '../domain/report/key.js';
import type { ReportData } from '../ports/report-data.js';

export interface ComputedReport {
  document: ReportDocument;
  /** A line for each conversation of the cohort, UTF-8. */
  conversationsCsv: Uint8Array;
}

/** A report's figures, and its conversations one by one; from the same committed days. */
export async function computeReport(
  data: ReportData,
  id: ReportId,
  signal: AbortSignal,
): Promise<ComputedReport> {
  const document = await data.computeReport(id, signal);
  const chunks: Buffer[] = [];
  for await (const rows of data.conversations(id, signal)) {
    chunks.push(Buffer.from(encodeCsv(rows, { head: chunks.length === 0 })));
  }
  return { document, conversationsCsv: Buffer.concat(chunks) };
}
